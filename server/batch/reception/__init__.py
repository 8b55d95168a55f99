"""Reception of batches: a request becomes a file of rows on the disk and the options that came with it.

errors ← part_files ← unpacking
         option_texts ← forms, envelope ← receiving
"""

from server.batch.reception.errors import StorageFull, UnsupportedEncoding, UploadAborted, UploadTooLarge
from server.batch.reception.part_files import remove_stale, sync_folder
from server.batch.reception.receiving import MAX_OPTION_BYTES, Upload, receive

__all__ = [
    "MAX_OPTION_BYTES",
    "StorageFull",
    "UnsupportedEncoding",
    "Upload",
    "UploadAborted",
    "UploadTooLarge",
    "receive",
    "remove_stale",
    "sync_folder",
]
