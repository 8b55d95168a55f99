"""The operations of /v1/batches."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from server.api.batch_events import batch_events
from server.api.batch_models import (
    BatchAnswer,
    BatchForgotten,
    BatchList,
    BatchRequest,
    ExportTargets,
    RetryRequest,
    RowList,
)
from server.api.batch_results import (
    batch_errors_csv,
    batch_results_csv,
    batch_results_json,
    batch_results_ndjson,
    batch_results_zip,
)
from server.api.batches import (
    BATCH_ID_PATTERN,
    cancel_batch,
    continue_batch,
    create_batch,
    delete_batch,
    get_batch,
    list_batches,
    list_exports,
    list_rows,
    retry_batch,
)
from server.api.deliveries import (
    DELIVERY_ID_PATTERN,
    DeliveryAnswer,
    DeliveryList,
    list_deliveries,
    redeliver_webhook,
)
from server.api.operation import BODY_ERRORS, Operation, PathName
from server.batch.options import BatchOptions

BATCH_NAMES: Final[Mapping[str, PathName]] = MappingProxyType(
    {"batch": PathName(BATCH_ID_PATTERN, "batch_0123456789abcdef01234567")}
)

_ONE: Final = "/v1/batches/{batch}"
_PAGE: Final = (("limit", "How many at most, up to 500."), ("cursor", "`next_cursor` of the answer before."))
_LAST_EVENT: Final = ("Last-Event-ID", "Id of the last event that was seen; there is a next one only after a change.")
_KEY: Final = (
    "Idempotency-Key",
    "Any text of at most 255 characters, such as a UUID. The same request with the same key makes no second batch for "
    "24 hours; another request with it is refused.",
)
_ROW_TYPES: Final = (
    "text/csv",
    "application/x-ndjson",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "multipart/form-data",
)

# A file of rows has no place for them; lists are separated by commas, objects are JSON.
_OPTIONS: Final = tuple(
    (name, field.description or f"As the member `{name}` of a JSON body.")
    for name, field in BatchOptions.model_fields.items()
)

BATCH_OPERATIONS: Final = (
    Operation(
        "POST",
        "/v1/batches",
        create_batch,
        "Render many pictures",
        BatchAnswer,
        BatchRequest,
        (404, *BODY_ERRORS, 429, 503, 507),
        headers=(_KEY,),
        accepts=True,
        other_bodies=_ROW_TYPES,
        single_file=True,
        form_fields=(("options", "JSON object of everything that is wanted of the rows."),),
        texts=_OPTIONS,
    ),
    Operation(
        "GET",
        "/v1/batches",
        list_batches,
        "List batches",
        BatchList,
        errors=(422, 503),
        texts=_PAGE,
    ),
    Operation("GET", "/v1/exports", list_exports, "List where batches may be exported to", ExportTargets),
    Operation(
        "GET",
        _ONE,
        get_batch,
        "Describe a batch",
        BatchAnswer,
        errors=(404, 503),
        conditional=True,
        named=BATCH_NAMES,
    ),
    Operation(
        "DELETE",
        _ONE,
        delete_batch,
        "Forget a batch",
        BatchForgotten,
        errors=(404, 503),
        named=BATCH_NAMES,
    ),
    Operation(
        "GET",
        f"{_ONE}/rows",
        list_rows,
        "List the rows of a batch",
        RowList,
        errors=(404, 422, 503),
        texts=(
            ("status", "Only rows that are pending, succeeded, failed or cancelled."),
            (
                "finding",
                "Only rows with such a finding: codes such as `blank`, separated by commas, or `any`.",
            ),
            *_PAGE,
        ),
        named=BATCH_NAMES,
    ),
    Operation(
        "GET",
        f"{_ONE}/events",
        batch_events,
        "Follow a batch",
        None,
        errors=(404, 503),
        headers=(_LAST_EVENT,),
        binary=("text/event-stream",),
        named=BATCH_NAMES,
    ),
    *(
        Operation(
            "GET",
            f"{_ONE}/{file}",
            endpoint,
            summary,
            None,
            errors=(404, 409, 422, 503),
            binary=(media_type,),
            named=BATCH_NAMES,
        )
        for file, endpoint, summary, media_type in (
            ("results.csv", batch_results_csv, "Results as a table", "text/csv"),
            ("results.json", batch_results_json, "Results as one document", "application/json"),
            ("results.ndjson", batch_results_ndjson, "Results as a document for each row", "application/x-ndjson"),
            ("results.zip", batch_results_zip, "The pictures", "application/zip"),
            ("errors.csv", batch_errors_csv, "Failed rows, to be mended and sent again", "text/csv"),
        )
    ),
    Operation(
        "GET",
        f"{_ONE}/deliveries",
        list_deliveries,
        "List the webhooks of a batch",
        DeliveryList,
        errors=(404, 503),
        named=BATCH_NAMES,
    ),
    Operation(
        "POST",
        f"{_ONE}/deliveries/{{delivery}}/redeliver",
        redeliver_webhook,
        "Send a webhook once more",
        DeliveryAnswer,
        errors=(404, 503),
        named={**BATCH_NAMES, "delivery": PathName(DELIVERY_ID_PATTERN, "msg_0123456789abcdef0123456789abcdef")},
    ),
    Operation(
        "POST",
        f"{_ONE}/cancel",
        cancel_batch,
        "Cancel a batch",
        BatchAnswer,
        errors=(404, 409, 503),
        named=BATCH_NAMES,
    ),
    Operation(
        "POST",
        f"{_ONE}/continue",
        continue_batch,
        "Go on after the pilot",
        BatchAnswer,
        errors=(404, 409, 503),
        named=BATCH_NAMES,
    ),
    Operation(
        "POST",
        f"{_ONE}/retry",
        retry_batch,
        "Render rows again",
        BatchAnswer,
        RetryRequest,
        (404, 409, *BODY_ERRORS, 503),
        optional_body=True,
        named=BATCH_NAMES,
    ),
)
