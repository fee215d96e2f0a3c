"""Medical data as modalities of mmcore: radiographs, reports, tables and electrocardiograms."""
