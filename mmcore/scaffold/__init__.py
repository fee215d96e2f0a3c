"""A package with a small working component, to start a plug-in from.

The files of ``templates`` are filled in; ``package`` in their paths stands for the package's name.
"""

from mmcore.scaffold.names import PackageNames, package_names
from mmcore.scaffold.package import write_package

__all__ = ["PackageNames", "package_names", "write_package"]
