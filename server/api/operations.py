"""Every operation of the API once: its route and its place in the OpenAPI document come from the same line."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from server.api.assets import delete_asset, get_asset, get_asset_content, list_assets, put_asset
from server.api.batch_operations import BATCH_OPERATIONS
from server.api.binding_models import HookAnswer, PushAnswer, PushedAnswer, PushedBody, UnpushAnswer
from server.api.bindings import delete_data, get_data, patch_data, put_data
from server.api.hooks import take_webhook
from server.api.models import (
    AssetAnswer,
    AssetList,
    AssetRemovedAnswer,
    AssetStoredAnswer,
    ExaminedRequest,
    PublishAnswer,
    PurgeAnswer,
    PurgeRequest,
    RenderAnswer,
    TemplateDetail,
    TemplateList,
    UnpublishAnswer,
    UrlAnswer,
    UrlRequest,
)
from server.api.operation import ASSET_NAMES, BODY_ERRORS, Operation, PathName
from server.api.publishing import delete_template, put_template
from server.api.purge import purge_pictures
from server.api.templates import get_template, list_templates, render_template
from server.api.uploads import FILE_TYPES, FORM_TYPE, ZIP_TYPES
from server.api.urls import create_url
from server.assets.names import ASSET_TYPES
from server.picture_models import TEMPLATE_NAME_PATTERN

_BINDING = "/v1/bindings/{template}/{name}"
BINDING_NAMES: Mapping[str, PathName] = MappingProxyType(
    {"template": PathName(TEMPLATE_NAME_PATTERN, "stock"), "name": PathName("^[A-Za-z][A-Za-z0-9_]{0,63}$", "level")}
)
_KEY = (("key", "Which record, for a binding with keys."),)
_IF_MATCH = ("If-Match", "Entity tag of the data that is to be changed; 412 if there is other data by now.")
_IF_ABSENT = (
    "If-None-Match",
    "`*`: only if nothing was pushed yet, entity tags: only if it has none of these; else 412.",
)

OPERATIONS = (
    Operation("POST", "/v1/urls", create_url, "Sign a URL", UrlAnswer, UrlRequest, (404, *BODY_ERRORS)),
    Operation("GET", "/v1/templates", list_templates, "List templates", TemplateList, conditional=True),
    Operation("GET", "/v1/templates/{name}", get_template, "Describe a template", TemplateDetail, None, (404,)),
    Operation(
        "POST",
        "/v1/templates/{name}/render",
        render_template,
        "Render a picture now",
        RenderAnswer,
        ExaminedRequest,
        (404, *BODY_ERRORS, 502, 503, 504),
    ),
    Operation(
        "PUT",
        "/v1/templates/{name}",
        put_template,
        "Publish a template",
        PublishAnswer,
        None,
        (*BODY_ERRORS, 503, 504),
        uploads=(ZIP_TYPES[0], FORM_TYPE),
        creates=True,
    ),
    Operation(
        "DELETE",
        "/v1/templates/{name}",
        delete_template,
        "Take a published template back",
        UnpublishAnswer,
        None,
        (404, 422),
        flags=(("force", "Remove all versions, too, so that pinned URLs end, and forget stored pictures."),),
    ),
    Operation("GET", "/v1/assets", list_assets, "List uploaded images", AssetList, conditional=True),
    Operation(
        "GET",
        "/v1/assets/{name}",
        get_asset,
        "Describe an uploaded image",
        AssetAnswer,
        errors=(404,),
        conditional=True,
        binary=ASSET_TYPES,
        named=ASSET_NAMES,
    ),
    Operation(
        "GET",
        "/v1/assets/{name}/content",
        get_asset_content,
        "Fetch an uploaded image",
        None,
        errors=(404,),
        conditional=True,
        binary=ASSET_TYPES,
        named=ASSET_NAMES,
    ),
    Operation(
        "PUT",
        "/v1/assets/{name}",
        put_asset,
        "Upload an image",
        AssetStoredAnswer,
        errors=(*BODY_ERRORS, 503, 504, 507),
        uploads=(FILE_TYPES[0], *ASSET_TYPES, FORM_TYPE),
        single_file=True,
        creates=True,
        named=ASSET_NAMES,
    ),
    Operation(
        "DELETE",
        "/v1/assets/{name}",
        delete_asset,
        "Delete an uploaded image",
        AssetRemovedAnswer,
        errors=(404, 507),
        named=ASSET_NAMES,
    ),
    Operation(
        "PUT",
        _BINDING,
        put_data,
        "Push data",
        PushAnswer,
        PushedBody,
        (404, 412, *BODY_ERRORS, 503),
        texts=_KEY,
        headers=(_IF_MATCH, _IF_ABSENT),
        creates=True,
        named=BINDING_NAMES,
    ),
    Operation(
        "PATCH",
        _BINDING,
        patch_data,
        "Merge into pushed data",
        PushAnswer,
        PushedBody,
        (404, 412, *BODY_ERRORS, 503),
        texts=_KEY,
        headers=(_IF_MATCH, _IF_ABSENT),
        body_type="application/merge-patch+json",
        creates=True,
        named=BINDING_NAMES,
    ),
    Operation(
        "GET",
        _BINDING,
        get_data,
        "Read pushed data",
        PushedAnswer,
        errors=(404, 422, 503),
        conditional=True,
        texts=_KEY,
        named=BINDING_NAMES,
    ),
    Operation(
        "DELETE",
        _BINDING,
        delete_data,
        "Forget pushed data",
        UnpushAnswer,
        errors=(404, 412, 422, 503),
        texts=_KEY,
        headers=(_IF_MATCH,),
        named=BINDING_NAMES,
    ),
    Operation(
        "POST",
        "/v1/hooks/{template}/{name}",
        take_webhook,
        "Push data by a signed webhook",
        HookAnswer,
        PushedBody,
        (400, 404, 413, 422, 502, 503),
        texts=_KEY,
        headers=(
            ("webhook-id", "Id of the message, the same in every delivery."),
            ("webhook-timestamp", "Unix seconds of this delivery."),
            ("webhook-signature", "Signatures by Standard Webhooks: `v1,` and base64, separated by spaces."),
        ),
        creates=True,
        public=True,
        named=BINDING_NAMES,
    ),
    Operation("POST", "/v1/purge", purge_pictures, "Forget pictures", PurgeAnswer, PurgeRequest, BODY_ERRORS),
    *BATCH_OPERATIONS,
)
