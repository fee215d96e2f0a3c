"""Display attributes of the frames of a DICOM file, which enhanced files state by frame.

References:
    DICOM PS3.3, C.7.6.16 "Multi-frame Functional Groups Module".
"""

from collections.abc import Iterator

from pydicom import Dataset

__all__ = ["GROUPS", "header_of_frame"]

SHARED, BY_FRAME = "SharedFunctionalGroupsSequence", "PerFrameFunctionalGroupsSequence"
GROUPS = (SHARED, BY_FRAME)
TRANSFORMATIONS = {
    "PixelValueTransformationSequence": ("RescaleSlope", "RescaleIntercept"),
    "FrameVOILUTSequence": ("WindowCenter", "WindowWidth", "VOILUTFunction"),
    "PixelMeasuresSequence": ("PixelSpacing",),
}
"""The sequences of a group that change how pixels are displayed, and their elements."""


def header_of_frame(header: Dataset, frame: int) -> Dataset:
    """Return the display attributes of a frame: its own, else those of all frames, else of the file.

    Arguments:
        header: of the file; it is not changed.
        frame: its index.

    Raises:
        IndexError: the file has attributes of fewer frames.
    """
    own = Dataset()
    own.file_meta = header.file_meta
    for element in header:
        if element.keyword not in (*GROUPS, "PixelData"):
            own.add(element)
    for group in _groups(header, frame):
        for sequence, elements in TRANSFORMATIONS.items():
            for item in group.get(sequence) or ():
                # A window consists of all of its elements: none of another window remains.
                for element in elements:
                    if element in own:
                        del own[element]
                for element in (e for e in elements if e in item):
                    own.add(item[element])
    return own


def _groups(header: Dataset, frame: int) -> Iterator[Dataset]:
    yield from header.get(SHARED) or ()
    by_frame = header.get(BY_FRAME)
    if by_frame:
        yield by_frame[frame]
