"""The record as an Open Cap Format package: ``export_package`` makes the files, the others write them down."""

from app.reports.ocf.export import VERSIONS, export_package
from app.reports.ocf.package import write_folder, write_zip

__all__ = ["VERSIONS", "export_package", "write_folder", "write_zip"]
