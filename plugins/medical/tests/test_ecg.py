"""Signals: what the two formats mean, and what is refused."""

import numpy as np
import pytest
import torch
from mmcore_medical.ecg.drawing import beats, write_wfdb
from mmcore_medical.ecg.files import read_signal
from mmcore_medical.ecg.likelihood import Observed
from mmcore_medical.ecg.modality import Ecg
from mmcore_medical.ecg.reader import EcgReader
from mmcore_medical.ecg.settings import EcgSettings, Lead
from mmcore_medical.ecg.signal import Signal, resampled

from mmcore import MmcoreError
from mmcore.data.tables.remarks import summed
from mmcore.plugins import Context


@pytest.fixture
def drawn():
    return beats(80, np.random.default_rng(0))


def write(folder, header, data=b"", name="r"):
    (folder / f"{name}.dat").write_bytes(data)
    (folder / f"{name}.hea").write_text(header)
    return folder / f"{name}.hea"


def packed(values):
    """Format 212 by its definition: of two samples the low bytes, and between them both high halves."""
    out = bytearray()
    for one, two in np.asarray(values).reshape(-1, 2) & 0xFFF:
        out += bytes([one & 0xFF, (one >> 8) | (two >> 8) << 4, two & 0xFF])
    return bytes(out)


def test_what_is_written_is_read(drawn, tmp_path):
    drawn.values[1, 7] = np.nan
    write_wfdb(tmp_path / "r.hea", drawn)
    actual = read_signal(tmp_path / "r.hea")
    assert (actual.leads, actual.rate) == (drawn.leads, drawn.rate)
    np.testing.assert_allclose(actual.values, drawn.values, atol=0.51e-3)


def test_format_212_has_two_samples_in_three_bytes(tmp_path):
    values = np.array([[0, 1], [-1, 2047], [-2047, 300], [995, -2048]])
    header = "r 2 360 4\nr.dat 212 200(10)/mV 12 0 0 0 0 MLII\nr.dat 212 100 12 5 0 0 0 V5\n"
    actual = read_signal(write(tmp_path, header, packed(values)))
    assert (actual.leads, actual.rate) == (("MLII", "V5"), 360)
    np.testing.assert_allclose(actual.values[0], (values[:, 0] - 10) / 200)
    np.testing.assert_allclose(actual.values[1, :3], (values[:3, 1] - 5) / 100)
    assert np.isnan(actual.values[1, 3])


def test_comments_are_not_looked_at(drawn, tmp_path):
    write_wfdb(tmp_path / "r.hea", drawn)
    with (tmp_path / "r.hea").open("a") as file:
        file.write("# Doe, 52 F\n")
    assert read_signal(tmp_path / "r.hea").leads == drawn.leads


def test_a_csv_file_has_a_column_for_each_lead(tmp_path):
    (tmp_path / "r.csv").write_text("I;II\n0,5;1\n;2\n")
    actual = read_signal(tmp_path / "r.csv")
    assert (actual.leads, actual.rate) == (("I", "II"), None)
    np.testing.assert_array_equal(actual.values, [[0.5, np.nan], [1, 2]])


def test_a_wave_is_the_same_at_another_rate():
    def wave(rate):
        return np.sin(2 * np.pi * 3 * np.arange(rate * 4) / rate)[None]

    actual = resampled(wave(250), 250, 100)
    np.testing.assert_allclose(actual[:, 20:-20], wave(100)[:, 20:-20], atol=0.01)


def test_missing_samples_stay_missing_at_another_rate():
    values = np.ones((1, 200))
    values[0, 100:150] = np.nan
    actual = resampled(values, 100, 50)
    assert np.isnan(actual[0, 50:75]).all()
    np.testing.assert_allclose(actual[0, np.r_[0:50, 75:100]], 1, atol=0.05)


def test_leads_are_standardized_by_what_training_records_have(tmp_path, records_of, drawn):
    other = Signal(("I", "II"), drawn.values[:2] * 3, drawn.rate)
    for name, signal in (("a", drawn), ("b", other)):
        write_wfdb(tmp_path / f"{name}.hea", signal)
    records = records_of([tmp_path / "a.hea", tmp_path / "b.hea"])
    fitted = EcgReader(EcgSettings(length=1024)).fit(records)
    settings = EcgSettings.model_validate(fitted)
    assert [lead.name for lead in settings.fitted] == ["I", "II", "V1"]
    both = np.concatenate([drawn.values[0], other.values[0]])
    assert settings.fitted[0].loc == pytest.approx(both.mean(), abs=1e-3)
    assert settings.fitted[0].scale == pytest.approx(both.std(), rel=1e-3)
    reading = EcgReader(settings).read(records)
    assert reading.values.shape == (2, 3, 1024)
    assert reading.values[:, :, 600:].isnan().all()
    assert reading.values[1, 2].isnan().all()
    assert summed(reading.notes) == ["1 of 2 records have no lead 'V1'"]
    posterior = Ecg(settings, Context.of(3)).eval().encode(reading.values)
    assert posterior.content.loc.isfinite().all()


def test_a_page_has_a_name_and_a_unit_for_each_lead():
    leads = (Lead(name="I"), Lead(name="V1", unit="uV"))
    built = Ecg(EcgSettings(length=19, rate=50.0, fitted=leads), Context.of(3, 2))
    widget = built.widget()
    assert (widget.leads, widget.units, widget.rate) == (("I", "V1"), ("mV", "uV"), 50.0)
    assert len(widget.leads) == built.event_shape[0]


def test_what_is_missing_has_no_part_in_the_likelihood():
    loc = torch.zeros(1, 2, 3, requires_grad=True)
    x = torch.tensor([[[0.0, float("nan"), 1.0], [float("nan")] * 3]])
    likelihood = Observed(torch.distributions.Normal(loc, 1.0))
    present = torch.distributions.Normal(0.0, 1.0).log_prob(torch.tensor([0.0, 1.0])).sum()
    log_prob = likelihood.log_prob(x)
    assert log_prob.item() == pytest.approx(float(present))
    log_prob.sum().backward()
    assert loc.grad.tolist() == [[[0, 0, 1], [0, 0, 0]]]


@pytest.mark.parametrize("density", ["laplace", "gaussian"])
def test_a_spread_that_is_given_is_not_learned(density):
    lead = Lead(name="I", scale=2.0)
    given = EcgSettings(length=16, scale=0.5, density=density, features=2, fitted=(lead,))
    modality = Ecg(given, Context.of(2))
    assert "spread" not in dict(modality.named_parameters())
    elements = modality.decode(torch.zeros(1, 2), torch.zeros(1, 0)).elements
    assert (elements.scale == 1.0).all()


LEAD = "r.dat 16 200 16 0 0 0 0"
BAD = [
    (
        f"r 1 100 4\n{LEAD} I\n",
        bytes(6),
        "6 bytes of samples, expected 8 for the 1 leads of 4 samples",
    ),
    (f"r 2 100 4\n{LEAD} I\n{LEAD} II\n", bytes(8), "expected 16 for the 2 leads of 4 samples"),
    (f"r 1 100\n{LEAD} I\n", bytes(7), "7 bytes"),
    (f"r 12 100 4\n{LEAD} I\n", bytes(8), "1 lines of leads, expected 12"),
    (f"r 2 100 2\n{LEAD} I\n{LEAD} I\n", bytes(8), "two leads with the same name"),
    ("r 1 100 4\nr.dat 81 200 8 0 0 0 0 I\n", bytes(4), "format 81, expected one of 8, 16, 24,"),
    (f"r 1 0 4\n{LEAD} I\n", bytes(8), "the rate 0, expected samples per second"),
    (f"r 1 -5 4\n{LEAD} I\n", bytes(8), "not a WFDB header of one segment"),
    (f"r 1 100 {'9' * 13}\n{LEAD} I\n", bytes(8), "not a WFDB header of one segment"),
    (f"r 1 1e999 4\n{LEAD} I\n", bytes(8), "line 1 .* has '1e999', expected a number"),
    ("r 1 100 4\nr.dat 16 1e999 16 0 0 0 0 I\n", bytes(8), "line 2 .* has '1e999'"),
    ("r 1 100 4\nr.dat 16 200 16 zero 0 0 0 I\n", bytes(8), "line 2 .* does not describe a lead"),
    ("r 1 100 4\nr.dat 516 200 16 0 0 0 0 I\n", bytes(8), "not a readable FLAC file"),
    ("r 1 100 4\nother.dat 16 200 16 0 0 0 0 I\n", b"", "'other.dat' .* is missing"),
    ("r 1 100 4\n../r.dat 16 200 16 0 0 0 0 I\n", b"", "'../r.dat' .* is missing"),
    ("r 1 100 4\nnothing\n", b"", "line 2 .* does not describe a lead"),
    ("r/3 1 100 4\nr1 2\n", b"", "a record of several segments, expected one"),
    ("hello\n", b"", "not a WFDB header of one segment"),
    ("# only a comment\n", b"", "is empty"),
]


@pytest.mark.parametrize(("header", "data", "sentence"), BAD)
def test_bad_headers_are_one_sentence(tmp_path, records_of, header, data, sentence):
    records = records_of([write(tmp_path, header, data)])
    with pytest.raises(MmcoreError, match=sentence):
        EcgReader(EcgSettings()).fit(records)


def test_a_header_that_is_no_text(tmp_path):
    (tmp_path / "r.hea").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(MmcoreError, match="not a text file"):
        read_signal(tmp_path / "r.hea")


def test_a_word_among_samples_is_named(tmp_path):
    (tmp_path / "r.csv").write_text("I,II\n1,2\n3,off\n")
    with pytest.raises(MmcoreError, match="'off' in lead 'II', row 2"):
        read_signal(tmp_path / "r.csv")


def test_a_column_of_times_is_no_lead(tmp_path, records_of):
    wave = np.sin(np.arange(200) / 5)
    times = [f"{n / 100:.2f},{x:.4f},{-x:.4f}" for n, x in enumerate(wave)]
    (tmp_path / "r.csv").write_text("\n".join(["time,I,II", *times]))
    records, chosen = (
        records_of([tmp_path / "r.csv"]),
        EcgSettings(length=64, csv_rate=250, rate=100),
    )
    with pytest.raises(MmcoreError, match=r"lead 'time', which grows .* leads: \[I, II\]"):
        EcgReader(chosen).fit(records)
    fitted = EcgReader(chosen.model_copy(update={"leads": ("I", "II")})).fit(records)
    assert [lead["name"] for lead in fitted["fitted"]] == ["I", "II"]


def test_leads_that_look_alike_are_remarked_on(tmp_path, records_of):
    for name, lead in {"a": "II", "b": "ii"}.items():
        (tmp_path / f"{name}.csv").write_text(f"{lead}\n1\n3\n2\n")
    records = records_of([tmp_path / "a.csv", tmp_path / "b.csv"])
    fitted = EcgSettings(**EcgReader(EcgSettings(length=16)).fit(records))
    assert any(
        "'II' and 'ii' differ" in str(note) for note in EcgReader(fitted).read(records).notes
    )


@pytest.mark.parametrize("training", ["all", "millivolts"])
def test_records_in_another_unit_are_remarked_on(tmp_path, records_of, training):
    wave = np.sin(np.arange(64) / 5)
    factors = {"a": 1.0, "b": 1000.0, "c": 0.9, "d": 1100.0, "flat": 0.0}
    for name, factor in factors.items():
        lines = [f"{factor * x:.4f}" for x in wave]
        (tmp_path / f"{name}.csv").write_text("\n".join(["II", *lines]))
    paths = [tmp_path / f"{name}.csv" for name in factors]
    own = paths if training == "all" else [paths[0], paths[2]]
    fitted = EcgSettings(**EcgReader(EcgSettings(length=32)).fit(records_of(own)))
    notes = summed(EcgReader(fitted).read(records_of(paths)).notes)
    assert next(note for note in notes if "another unit" in note).startswith("2 of 5 records")


@pytest.mark.parametrize(
    ("samples", "ends"),
    [
        ((33, 32, 16), []),
        (
            (34, 90, 32),
            ["2 of 3 records are longer than the options length and rate state, and are cut"],
        ),
        ((15, 32, 16), ["1 of 3 records have less than half of the samples that"]),
    ],
)
def test_records_of_another_length_are_counted(tmp_path, records_of, samples, ends):
    paths = [tmp_path / f"{n}.csv" for n in range(len(samples))]
    for path, count in zip(paths, samples, strict=True):
        path.write_text("\n".join(["II", *(f"{n % 5}" for n in range(count))]))
    fitted = EcgSettings(length=32, csv_rate=100, fitted=(Lead(name="II"),))
    remarks = summed(EcgReader(fitted).read(records_of(paths)).notes)
    notes = [note for note in remarks if "no unit" not in note]
    assert len(notes) == len(ends)
    assert all(map(str.startswith, notes, ends))


def test_constant_leads_are_counted(tmp_path, records_of):
    lines = {"a": [f"{n % 5},0" for n in range(32)], "b": [f"{n % 5},{n % 3}" for n in range(32)]}
    lines["c"] = [f"{n % 7}," for n in range(32)]
    for name, cells in lines.items():
        (tmp_path / f"{name}.csv").write_text("\n".join(["I,II", *cells]))
    fitted = EcgSettings(length=32, csv_rate=100, fitted=(Lead(name="I"), Lead(name="II")))
    notes = summed(EcgReader(fitted).read(records_of([tmp_path / f"{n}.csv" for n in lines])).notes)
    assert "1 of 3 records have a constant lead, as of an electrode without contact" in notes


def test_samples_are_no_names_of_leads(tmp_path):
    (tmp_path / "r.csv").write_text("0.5,-2.1e-3\n0.1,0.2\n")
    with pytest.raises(
        MmcoreError, match=r"samples such as 0\.5 in its first line, expected the names"
    ):
        read_signal(tmp_path / "r.csv")


def test_a_rate_that_no_file_states_is_remarked_on(tmp_path, records_of, drawn):
    write_wfdb(tmp_path / "a.hea", drawn)
    (tmp_path / "b.csv").write_text("II\n1\n3\n2\n")
    records = records_of([tmp_path / "a.hea", tmp_path / "b.csv"])
    for rate, remarked in ((None, ["1 of 2 records"]), (100, [])):
        fitted = EcgSettings(length=16, csv_rate=rate, fitted=(Lead(name="II"),))
        notes = summed(EcgReader(fitted).read(records).notes)
        assert [note[:14] for note in notes if "csv_rate" in note] == remarked


def test_leads_that_no_record_has(tmp_path, records_of, drawn):
    write_wfdb(tmp_path / "a.hea", drawn)
    records = records_of([tmp_path / "a.hea"])
    with pytest.raises(MmcoreError, match="lead 'II1', expected one of I, II, V1; did you mean"):
        EcgReader(EcgSettings(leads=("II1",))).fit(records)
    fitted = EcgSettings(length=64, fitted=(Lead(name="aVR"),))
    with pytest.raises(
        MmcoreError, match=r"has 3 leads, I, II, V1, and none of the leads of .* aVR"
    ):
        EcgReader(fitted).read(records)


@pytest.mark.parametrize(("given", "wanted"), [(1e-300, 100.0), (1e9, 100.0), (0.2, 199.9)])
def test_a_rate_that_would_need_terabytes_is_refused(given, wanted, monkeypatch):
    monkeypatch.setattr("mmcore_medical.ecg.signal.MOST_SAMPLES", 10_000)
    monkeypatch.setattr("mmcore_medical.ecg.signal.resample_poly", None)
    with pytest.raises(MmcoreError, match="cannot be resampled"):
        resampled(np.zeros((1, 300)), given, wanted)
