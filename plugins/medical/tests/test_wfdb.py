"""The package wfdb, of the authors of the format, reads the same values as this reader."""

import warnings

import numpy as np
import pytest
import torch
from mmcore_medical.ecg.files import read_signal
from mmcore_medical.ecg.reader import EcgReader
from mmcore_medical.ecg.samples import DIFFERENCES, FORMATS
from mmcore_medical.ecg.settings import EcgSettings
from mmcore_medical.ecg.signal import Signal
from mmcore_medical.ecg.units import in_millivolts

from mmcore import MmcoreError
from mmcore.data.tables.remarks import summed

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # wfdb 4.3.1 uses what pandas 3 deprecates
    wfdb = pytest.importorskip("wfdb")

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")
FRAMES = 25
GAINS = ("200(7)/mV", "-1.5e2/uV", "0/mV")


def random_record(folder, kind, repeats=(1, 1, 1), skews=(0, 0, 0), offset=0):
    """Write random bytes, and a header by which they are samples of three leads."""
    stored = FRAMES * sum(repeats)
    size = FORMATS[kind].bytes_of(stored)
    content = np.random.default_rng(kind).integers(0, 256, size, dtype=np.uint8)
    if kind == 311:
        content[3::4] &= 0x3F  # wfdb takes one of the two unused bits for a part of the sample
    missing = {16: b"\0\x80", 80: b"\0", 32: b"\0\0\0\x80", 212: b"\0\x88\0"}.get(kind, b"")
    content[: len(missing)] = list(missing)
    (folder / "r.dat").write_bytes(bytes(offset) + content.tobytes())
    shift = f"+{offset}" if offset else ""
    lines = [
        f"r.dat {kind}x{n}:{skew}{shift} {gain} 12 3 {5 if kind == 8 else 0} 0 0 lead {place}"
        for place, (n, skew, gain) in enumerate(zip(repeats, skews, GAINS, strict=True))
    ]
    header = [f"r 3 360 {FRAMES}", *lines]
    (folder / "r.hea").write_text("\n".join(header) + "\n")
    return folder / "r.hea"


def read_by_wfdb(path):
    record = wfdb.rdrecord(str(path.with_suffix("")), smooth_frames=False)
    return record.e_p_signal, record


@pytest.mark.parametrize("kind", FORMATS)
@pytest.mark.parametrize(
    "layout",
    [
        {},
        {"offset": 12},
        {"repeats": (2, 2, 2)},
        {"skews": (0, 5, 5)},
    ],
    ids=["plain", "offset", "frames of two", "skew"],
)
def test_random_bytes_are_the_same_values(tmp_path, kind, layout):
    if kind == DIFFERENCES and "skews" in layout:
        pytest.skip("wfdb 4.3.1 has no code of a missing sample for format 8, and raises an error")
    path = random_record(tmp_path, kind, **layout)
    actual = read_signal(path)
    expected, record = read_by_wfdb(path)
    assert actual.leads == tuple(record.sig_name)
    assert actual.units == tuple(record.units)
    assert actual.rate == record.fs * layout.get("repeats", (1,))[0]
    np.testing.assert_allclose(actual.values, np.stack(expected), rtol=1e-12)
    assert not actual.calibrated


def test_leads_of_different_rates_have_the_highest(tmp_path):
    path = random_record(tmp_path, 16, repeats=(1, 4, 2))
    actual = read_signal(path)
    expected, record = read_by_wfdb(path)
    assert actual.rate == 4 * record.fs
    assert actual.values.shape == (3, 4 * FRAMES)
    np.testing.assert_allclose(actual.values[1], expected[1], rtol=1e-12)
    np.testing.assert_allclose(actual.values[2].mean(), np.nanmean(expected[2]), rtol=0.5)


@pytest.mark.parametrize("kind", ["80", "212", "16", "24", "32", "516", "524"])
def test_what_wfdb_writes_is_read(tmp_path, kind):
    pytest.importorskip("soundfile")
    values = np.random.default_rng(0).normal(size=(40, 2))
    values[3, 1] = np.nan
    wfdb.wrsamp(
        "r",
        fs=100,
        units=["mV", "mmHg"],
        sig_name=["I", "ABP"],
        p_signal=values,
        fmt=[kind] * 2,
        write_dir=str(tmp_path),
    )
    actual = read_signal(tmp_path / "r.hea")
    expected = wfdb.rdrecord(str(tmp_path / "r")).p_signal.T
    np.testing.assert_allclose(actual.values, expected, rtol=1e-12)
    assert np.isnan(actual.values[1, 3])
    assert actual.units == ("mV", "mmHg")


def write(folder, name, unit, amplitude=1.0, gain=200):
    wave = np.round(np.sin(np.arange(200) / 5) * gain * amplitude).astype("<i2")
    (folder / f"{name}.dat").write_bytes(wave.tobytes())
    line = f"{name}.dat 16 {gain}(0)/{unit} 16 0 0 0 0 I"
    (folder / f"{name}.hea").write_text(f"{name} 1 100 200\n{line}\n")
    return folder / f"{name}.hea"


@pytest.mark.parametrize(
    ("unit", "power"),
    [("V", 3), ("mV", 0), ("MV", 0), ("uV", -3), ("\u00b5V", -3), ("\u03bcV", -3), ("nV", -6)],
)
def test_every_voltage_becomes_millivolts(unit, power):
    signal, converted = in_millivolts(Signal(("I",), np.ones((1, 2)), 100.0, (unit,)))
    assert signal.values[0, 0] == pytest.approx(10.0**power)
    assert signal.units == ("mV",)
    assert converted == (power != 0)


def fit_and_read(records, **settings):
    fitted = EcgReader(EcgSettings(length=200, **settings)).fit(records)
    return fitted, EcgReader(EcgSettings.model_validate(fitted)).read(records)


def test_records_in_two_units_of_voltage_have_one_scale(tmp_path, records_of):
    paths = [write(tmp_path, "a", "mV"), write(tmp_path, "b", "uV", 1000, 2)]
    fitted, reading = fit_and_read(records_of(paths))
    np.testing.assert_allclose(reading.values[0], reading.values[1], atol=0.01)
    assert fitted["fitted"][0]["scale"] == pytest.approx(np.sin(np.arange(200) / 5).std(), rel=0.01)
    assert summed(reading.notes) == [
        "1 of 2 records have leads in V, uV or nV, which are converted to mV"
    ]


def test_megavolts_are_read_as_millivolts_with_a_remark(tmp_path, records_of):
    paths = [write(tmp_path, "a", "mV"), write(tmp_path, "b", "MV")]
    _, reading = fit_and_read(records_of(paths))
    assert torch.equal(reading.values[0], reading.values[1])
    assert summed(reading.notes) == [
        "1 of 2 records have leads in MV, megavolts, which are read as mV"
    ]


def test_other_units_are_named_and_not_mixed(tmp_path, records_of):
    paths = [write(tmp_path, "a", "mmHg"), write(tmp_path, "b", "mmHg")]
    fitted, reading = fit_and_read(records_of(paths))
    assert summed(reading.notes) == [
        "the unit 'mmHg' of 'I' is not a voltage; the values are read as they are"
    ]
    mixed = records_of([*paths, write(tmp_path, "c", "kPa")])
    with pytest.raises(
        MmcoreError, match=r"'I' .* 'mmHg' in 2 records, such as 'a.hea' and in 'kPa' in 1 records"
    ):
        EcgReader(EcgSettings()).fit(mixed)
    with pytest.raises(MmcoreError, match=r"c.hea' has the lead 'I' in 'kPa', expected 'mmHg'"):
        EcgReader(EcgSettings.model_validate(fitted)).read(mixed)


def test_a_record_without_a_unit_is_remarked_on_or_has_that_of_the_setting(tmp_path, records_of):
    (tmp_path / "b.csv").write_text("I\n1000\n2000\n")
    records = records_of([write(tmp_path, "a", "mV"), tmp_path / "b.csv"])
    _, reading = fit_and_read(records)
    assert reading.values[1, 0, 0] == 1000
    assert "1 of 2 records state no unit" in summed(reading.notes)[0]
    _, reading = fit_and_read(records, csv_unit="uV")
    assert reading.values[1, 0, :2].tolist() == [1, 2]


def test_a_record_without_a_gain_is_remarked_on(tmp_path, records_of):
    path = write(tmp_path, "a", "mV")
    path.write_text(path.read_text().replace("200(0)/mV", "0"))
    _, reading = fit_and_read(records_of([path]))
    assert "1 of 1 records state no gain" in summed(reading.notes)[0]
    assert reading.values.nan_to_num().max() == pytest.approx(1, abs=0.01)
