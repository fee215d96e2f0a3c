"""A synthetic medical study of random numbers; it contains no data of a person.

python -m mmcore_medical.synthetic FOLDER
"""

import argparse
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pydicom
from pydicom.dataset import FileDataset, FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian, generate_uid

from mmcore.terminal.printing import Console
from mmcore_medical.ecg.drawing import beats, write_wfdb

SIDE, WHITE = 48, 4095
"""Width of a radiograph in pixels, and its largest value, of 12 bits."""
CLASSES = ("clear", "opacity")
SHARE_MISSING = 0.2
STUDY = """\
# Synthetic: written by mmcore_medical.synthetic, of no person.
origin: synthetic
modalities:
  xray: {kind: radiograph, folder: xray, size: 32, features: 8}
  report: {kind: report, file: reports.csv, columns: text}
  labs: {kind: labs, file: labs.csv}
  ecg: {kind: ecg, folder: ecg/*.hea, length: 256, rate: 50, features: 8}
labels: {file: visits.csv, column: finding}
split: {test: 0.25, by: patient, stratify: finding}
"""


@dataclass(frozen=True, slots=True)
class Visit:
    """One synthetic visit.

    Arguments:
        id: identifies the visit in all files.
        patient: the patient, who can have several visits.
        finding: one of `CLASSES`.
    """

    id: str
    patient: str
    finding: str

    @property
    def ill(self) -> bool:
        """True if the visit has a finding."""
        return self.finding == CLASSES[1]


def write_study(folder: Path, visits: int = 120, seed: int = 0) -> Path:
    """Write a study of radiographs, reports, laboratory values and ECGs, and return its study file.

    Visits with an opacity in a lung have a report of it, a higher inflammation marker and a higher heart
    rate. One modality in five is missing at random.

    Arguments:
        folder: the folder, which is created.
        visits: number of visits, about two for each patient.
        seed: seed of all random numbers.
    """
    random = np.random.default_rng(seed)
    every = [_visit(n, visits, random) for n in range(visits)]
    for name in ("xray", "ecg"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    observed = random.random((visits, 4)) >= SHARE_MISSING
    observed[:, 3] |= ~observed.any(axis=1)
    for visit, has in zip(every, observed, strict=True):
        if has[0]:
            picture = draw_chest(visit.ill, random)
            write_dicom(folder / "xray" / f"{visit.id}.dcm", picture, visit.patient)
        if has[3]:
            rate = random.normal(105 if visit.ill else 70, 6)
            write_wfdb(folder / "ecg" / f"{visit.id}.hea", beats(rate, random))
    reports = [(v.id, _report(v, random)) for v, has in zip(every, observed, strict=True) if has[1]]
    pd.DataFrame(reports, columns=["id", "text"]).to_csv(folder / "reports.csv", index=False)
    labs = [_labs(v, random) for v, has in zip(every, observed, strict=True) if has[2]]
    pd.DataFrame(labs).to_csv(folder / "labs.csv", index=False)
    pd.DataFrame(every).to_csv(folder / "visits.csv", index=False)
    (folder / "study.yaml").write_text(STUDY, encoding="utf-8")
    return folder / "study.yaml"


def draw_chest(ill: bool, random: np.random.Generator) -> np.ndarray:
    """Return an image that resembles a chest radiograph, (48, 48) uint16 of 12 bits, with two dark lungs.

    If ``ill``, one of them has a bright spot.
    """
    rows, columns = np.mgrid[-1 : 1 : SIDE * 1j, -1 : 1 : SIDE * 1j]
    shift = random.normal(0, 0.04, 2)
    picture = 0.75 - 0.15 * rows**2
    for side in (-1, 1):
        lung = ((columns - side * 0.45 - shift[0]) / 0.32) ** 2 + ((rows - shift[1]) / 0.7) ** 2
        picture -= 0.5 / (1 + np.exp(12 * (lung - 1)))
    if ill:
        side, height = random.choice([-1, 1]), random.uniform(-0.3, 0.3)
        spot = (columns - side * 0.45 - shift[0]) ** 2 + (rows - height) ** 2
        picture += 0.4 * np.exp(-spot / 0.03)
    picture += random.normal(0, 0.02, picture.shape)
    return (picture.clip(0, 1) * WHITE).astype(np.uint16)


def write_dicom(path: Path, pixels: np.ndarray, patient: str) -> None:
    """Write (H, W) pixels of 12 bits as an uncompressed DICOM file with a window."""
    meta = FileMetaDataset()
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    meta.MediaStorageSOPClassUID = pydicom.uid.DigitalXRayImageStorageForPresentation
    meta.MediaStorageSOPInstanceUID = generate_uid()
    file = FileDataset(str(path), {}, file_meta=meta, preamble=b"\0" * 128)
    file.SOPClassUID, file.SOPInstanceUID = meta.MediaStorageSOPClassUID, generate_uid()
    file.PatientName, file.PatientID, file.Modality = f"Synthetic^{patient}", patient, "DX"
    file.Rows, file.Columns = pixels.shape
    file.SamplesPerPixel, file.PhotometricInterpretation = 1, "MONOCHROME2"
    file.BitsAllocated, file.BitsStored, file.HighBit = 16, 12, 11
    file.PixelRepresentation = 0
    file.WindowCenter, file.WindowWidth = "2048", "4096"
    file.PixelData = pixels.astype("<u2").tobytes()
    file.save_as(path)


def _visit(number: int, visits: int, random: np.random.Generator) -> Visit:
    patient = int(random.integers(max(visits // 2, 4)))
    return Visit(f"v{number:04d}", f"patient{patient:04d}", CLASSES[int(random.random() < 0.5)])


def _report(visit: Visit, random: np.random.Generator) -> str:
    side = random.choice(["left", "right"])
    finding = f"Opacity in the {side} lung." if visit.ill else "Both lungs are clear."
    heart = "Heart rate is high." if visit.ill else "Heart rate is normal."
    return f"{finding} {random.choice(['', 'No effusion. '])}{heart}"


def _labs(visit: Visit, random: np.random.Generator) -> dict[str, object]:
    crp = np.exp(random.normal(4 if visit.ill else 1, 0.6))
    return {
        "id": visit.id,
        "patient": visit.patient,
        "crp_mg_l": round(float(crp), 1),
        "leukocytes_g_l": round(float(random.normal(12 if visit.ill else 7, 1.5)), 1),
        "haemoglobin_g_dl": round(float(random.normal(13.5, 1.2)), 1)
        if random.random() > 0.1
        else None,
        "smoker": str(random.choice(["yes", "no"])),
    }


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Write a synthetic medical study.")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--visits", type=int, default=120)
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    Console().print(f"written: {write_study(given.folder, given.visits, given.seed)}")
