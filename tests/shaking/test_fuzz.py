"""Whatever bytes a file holds, a reader gives a record or an error that names the file: nothing else, and no hang."""

import struct

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.shaking import test_formats
from tests.shaking.files import jma_text, knet_text
from tomoshibi import shaking
from tomoshibi.shaking.readers import win32

DATA = np.random.default_rng(0).normal(0, 5, (300, 3))


def samples(tmp_path):
    plain = "# start: 2020-01-02T03:04:05+09:00\n# rate: 100\n# unit: gal\nNS,EW,UD\n1,2,3\n" * 1 + "4,5,6\n" * 50
    binary = test_formats.write_win32(tmp_path / "seed.kwin", test_formats.counts(2), size=2,
                                      head=win32.STRONG_MOTION + test_formats.information())  # fmt: skip
    return {
        "a.NS": knet_text((DATA[:, 0] * 1000).astype(int)).encode("ascii"),
        "a.csv": jma_text(DATA).encode("cp932"),
        "b.csv": plain.encode(),
        "c.kwin": binary.read_bytes(),
        "d.sac": struct.pack("<76f", *([1.0] * 76)) + struct.pack("<i", 6) + bytes(700),
        "e.mseed": b"000001D " + bytes(600),
    }


@settings(max_examples=400, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_damaged_files(tmp_path, data):
    name, content = data.draw(st.sampled_from(sorted(samples(tmp_path).items())))
    kind = data.draw(st.sampled_from(["cut", "flip", "insert", "repeat", "digits"]))
    at = data.draw(st.integers(0, len(content)))
    if kind == "cut":
        content = content[:at]
    elif kind == "flip":
        content = content[:at] + data.draw(st.binary(min_size=1, max_size=8)) + content[at + 4 :]
    elif kind == "insert":
        content = content[:at] + data.draw(st.binary(max_size=40)) + content[at:]
    elif kind == "repeat":
        content = content[:at] + content[max(0, at - 200) : at] + content[at:]
    else:
        odd = data.draw(st.sampled_from([b"99999999999", b"nan", b"inf", b"1e400", b"-1", b"0", b"", b"\xff"]))
        content = content[:at] + odd + content[at + len(odd) :]
    path = tmp_path / name
    path.write_bytes(content)
    for item in shaking.read_files([path]):
        if isinstance(item, shaking.RecordError):
            assert str(path) in str(item)
        else:
            assert item.acceleration.shape[0] == 3


@pytest.mark.parametrize("duration", ["1e15", "nan", "inf", "-5", "0"])
def test_a_header_that_promises_too_much_takes_no_memory(tmp_path, duration):
    path = tmp_path / "a.NS"
    path.write_text(knet_text(np.arange(100)).replace("Duration Time(s)  1", f"Duration Time(s)  {duration}"))
    [error] = shaking.read_files([path])
    assert isinstance(error, shaking.RecordError)
