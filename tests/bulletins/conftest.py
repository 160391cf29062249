"""The official samples, where they are beside this project; and small telegrams of our own."""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from tomoshibi.bulletins import Bulletin, read

SHARED = Path(__file__).parents[2] / "../shared/data"
SAMPLES = SHARED / "bulletins/jma_official_samples.zip"


@pytest.fixture(scope="session")
def shared() -> Path:
    if not SHARED.exists():
        pytest.skip("the reference data is not beside this project (../shared/data)")
    return SHARED


@pytest.fixture(scope="session")
def samples() -> dict[str, bytes]:
    """Bytes of every official sample by file name."""
    if not SAMPLES.exists():
        pytest.skip("JMA's official samples are not beside this project (../shared/data/bulletins)")
    with zipfile.ZipFile(SAMPLES) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


@pytest.fixture(scope="session")
def bulletins(samples: dict[str, bytes]) -> dict[str, Bulletin]:
    """Every official sample, read, by file name."""
    return {name: read(data, name)[0] for name, data in samples.items()}


@pytest.fixture(scope="session")
def sample(bulletins: dict[str, Bulletin]) -> Callable[[str], Bulletin]:
    """The one sample whose name begins so: ``sample("32-35_07_06")``."""

    def find(beginning: str) -> Bulletin:
        (found,) = (b for name, b in bulletins.items() if name.startswith(beginning))
        return found

    return find


@pytest.fixture(scope="session")
def telegram() -> Callable[..., bytes]:
    """A small telegram of one's own; the body is given as XML of the meteorology namespace."""

    def build(
        title: str = "気象警報・注意報（Ｒ０６）（大雨）",
        *,
        heading: str = "宗谷地方大雨警報・注意報",
        status: str = "通常",
        info: str = "発表",
        event: str = "",
        serial: str = "",
        at: str = "2026-11-22T10:00:00+09:00",
        office: str = "稚内地方気象台",
        headline: str = "<Text/>",
        body: str = "",
        space: str = "meteorology1",
    ) -> bytes:
        return (
            '<?xml version="1.0" encoding="UTF-8"?><Report xmlns="http://xml.kishou.go.jp/jmaxml1/"><Control>'
            f"<Title>{title}</Title><DateTime>2026-11-22T01:00:00Z</DateTime><Status>{status}</Status>"
            f"<EditorialOffice>{office}</EditorialOffice><PublishingOffice>気象庁</PublishingOffice></Control>"
            '<Head xmlns="http://xml.kishou.go.jp/jmaxml1/informationBasis1/">'
            f"<Title>{heading}</Title><ReportDateTime>{at}</ReportDateTime><TargetDateTime>{at}</TargetDateTime>"
            f"<EventID>{event}</EventID><InfoType>{info}</InfoType><Serial>{serial}</Serial><InfoKind>x</InfoKind>"
            f"<InfoKindVersion>1.0_0</InfoKindVersion><Headline>{headline}</Headline></Head>"
            f'<Body xmlns="http://xml.kishou.go.jp/jmaxml1/body/{space}/" '
            f'xmlns:jmx_eb="http://xml.kishou.go.jp/jmaxml1/elementBasis1/">{body}</Body></Report>'
        ).encode()

    return build
