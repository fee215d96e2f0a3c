"""A first package for the author of a plug-in: `names` of its parts, `package` writes it.

The files of ``templates`` are filled in; ``package`` in their paths stands for the package's name.
"""

from mmcore.scaffold.names import PackageNames, package_names
from mmcore.scaffold.package import write_package

__all__ = ["PackageNames", "package_names", "write_package"]
