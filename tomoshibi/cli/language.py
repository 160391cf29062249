"""The language of the command line: Japanese where the locale is, English elsewhere."""

from __future__ import annotations

import os
from collections.abc import Mapping

from tomoshibi.vocabulary import Language


def locale_language(environ: Mapping[str, str] = os.environ) -> Language:
    """Language by LC_ALL, LC_MESSAGES, LANG in that order, as POSIX reads them."""
    locale = next((environ[name] for name in ("LC_ALL", "LC_MESSAGES", "LANG") if environ.get(name)), "")
    return "ja" if locale.startswith("ja") else "en"
