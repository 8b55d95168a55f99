"""Pictures of a job copied to S3-compatible storage, with a manifest.

errors ← exporter ← destinations, pictures, manifest
"""

from server.batch.export.destinations import Exports
from server.batch.export.errors import ExportFailed
from server.batch.export.exporter import Exporter
from server.batch.export.manifest import ManifestCounts, export_manifest
from server.batch.export.pictures import ExportedRows, export_rows

__all__ = ["ExportFailed", "ExportedRows", "Exporter", "Exports", "ManifestCounts", "export_manifest", "export_rows"]
