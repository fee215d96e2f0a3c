"""The components of this distribution; no torch is imported here."""

from mmcore.plugins import ComponentSpec, hookimpl


@hookimpl
def mmcore_components() -> list[ComponentSpec]:
    """Return the modality ``signal``."""
    return [
        ComponentSpec(
            kind="modality",
            name="signal",
            factory="mmcore_signal.modality:SignalModality",
            settings="mmcore_signal.settings:SignalSettings",
            dataset="mmcore_signal.data:SignalData",
            summary="waves of 128 measurements, one channel",
        )
    ]
