"""The telegrams of ``bench/bulletins.py`` by classes that xsdata generates from JMA's schema, as JSON.

``bulletins.py SCHEMA_FOLDER ARCHIVE [NAME]``: seconds of one pass over all samples (or the median of several over the
one named), and how many could not be read. Generating and importing the classes is not counted.
"""

import importlib
import json
import os
import subprocess
import sys
import tempfile
import time
import zipfile
from pathlib import Path
from statistics import median

from xsdata.formats.dataclass.context import XmlContext
from xsdata.formats.dataclass.parsers import XmlParser
from xsdata.formats.dataclass.parsers.handlers import LxmlEventHandler

schema, archive = Path(sys.argv[1]).resolve(), Path(sys.argv[2]).resolve()
wanted = sys.argv[3] if len(sys.argv) > 3 else None

with tempfile.TemporaryDirectory() as folder, zipfile.ZipFile(archive) as samples:
    here = Path(sys.executable).parent
    path = {"PATH": f"{here}{os.pathsep}{os.environ.get('PATH', '')}"}  # it formats what it generates with ruff
    command = [str(here / "xsdata"), "generate", str(schema / "jmx.xsd"), "--package", "telegrams"]
    subprocess.run(command, cwd=folder, env=os.environ | path, capture_output=True, check=True)
    sys.path.insert(0, folder)
    for module in Path(folder, "telegrams").glob("*.py"):
        importlib.import_module(f"telegrams.{module.stem}".removesuffix(".__init__"))
    report = importlib.import_module("telegrams").Report
    parser = XmlParser(context=XmlContext(), handler=LxmlEventHandler)

    def read(data: bytes) -> bool:
        try:
            parser.from_bytes(data, report)
        except Exception:  # whatever it is, the telegram was not read
            return False
        return True

    data = [samples.read(name) for name in samples.namelist() if wanted in (None, name)]
    read(data[0])
    times = []
    for _ in range(1 if wanted is None else 7):
        start = time.perf_counter()
        failed = sum(not read(each) for each in data)
        times.append(time.perf_counter() - start)
    print(json.dumps({"seconds": median(times), "failed": failed, "count": len(data)}))
