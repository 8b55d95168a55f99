"""ComputedStyle: every property that Signet supports, with its initial value, as layout and paint read it.

Keywords are strings, lengths floats in px (see values.py). `currentcolor` is already resolved. Colours of absent
borders don't matter; widths of borders whose style is none or hidden are already 0.
"""

from __future__ import annotations

from dataclasses import dataclass

from renderer.style.values import (
    BLACK,
    TRANSPARENT,
    BackgroundLayer,
    Color,
    CounterReference,
    FilterFunction,
    ImageValue,
    LengthPercentage,
    LineHeight,
    Percentage,
    Position,
    Shadow,
    TextFit,
    TransformFunction,
)

Auto = str  # the keyword "auto"
Radius = tuple[LengthPercentage, LengthPercentage]  # horizontal, vertical


@dataclass(slots=True, eq=False)
class ComputedStyle:
    """Computed values of one element or pseudo-element. Treat as immutable; styles are shared between elements.

    `inherited` properties come first; the rest start at their initial value on every element.
    """

    # --- inherited ---------------------------------------------------------------------------------------------
    color: Color = BLACK
    font_family: tuple[str, ...] = ("sans-serif",)
    font_size: float = 16.0
    font_weight: float = 400.0  # 1–1000
    font_style: str = "normal"  # normal | italic | oblique
    font_stretch: float = 100.0  # percent
    font_optical_sizing: str = "auto"  # auto | none
    font_feature_settings: tuple[tuple[str, int], ...] = ()
    font_variation_settings: tuple[tuple[str, float], ...] = ()
    font_variant_caps: str = "normal"
    font_variant_numeric: tuple[str, ...] = ()
    font_variant_ligatures: str = "normal"  # normal | none
    font_kerning: str = "auto"  # auto | normal | none
    line_height: LineHeight = "normal"
    letter_spacing: float = 0.0
    word_spacing: float = 0.0
    text_align: str = "start"  # start end left right center justify match-parent(resolved)
    text_align_last: str = "auto"
    text_indent: LengthPercentage = 0.0
    text_transform: str = "none"  # none uppercase lowercase capitalize full-width
    text_wrap: str = "wrap"  # wrap nowrap balance pretty stable
    white_space_collapse: str = "collapse"  # collapse preserve preserve-breaks break-spaces
    overflow_wrap: str = "normal"  # normal break-word anywhere
    word_break: str = "normal"  # normal break-all keep-all break-word
    line_break: str = "auto"  # auto loose normal strict anywhere
    hyphens: str = "manual"  # none manual auto(=manual)
    tab_size: float = 8.0  # in spaces
    text_shadow: tuple[Shadow, ...] = ()
    text_stroke_width: float = 0.0  # -webkit-text-stroke
    text_stroke_color: Color = BLACK
    text_fill_color: Color | None = None  # -webkit-text-fill-color; None: color
    paint_order: tuple[str, ...] = ()  # e.g. ("stroke", "fill")
    direction: str = "ltr"
    visibility: str = "visible"
    list_style_type: str = "disc"
    list_style_position: str = "outside"
    quotes: tuple[tuple[str, str], ...] = (("“", "”"), ("‘", "’"))
    image_rendering: str = "auto"
    language: str = ""  # from the lang attribute
    custom: tuple[tuple[str, str], ...] = ()  # custom properties after substitution: (--name, text)

    # --- box ---------------------------------------------------------------------------------------------------
    display: str = "inline"  # block inline inline-block flex inline-flex none contents list-item flow-root grid table …
    inline_level: bool = False  # `display` was inline-level before it was blockified: where a positioned box stands
    position: str = "static"  # static relative absolute fixed
    top: LengthPercentage | Auto = "auto"
    right: LengthPercentage | Auto = "auto"
    bottom: LengthPercentage | Auto = "auto"
    left: LengthPercentage | Auto = "auto"
    z_index: int | Auto = "auto"
    float_: str = "none"
    clear: str = "none"
    box_sizing: str = "content-box"
    width: LengthPercentage | Auto = "auto"  # or min-content max-content fit-content
    height: LengthPercentage | Auto = "auto"
    min_width: LengthPercentage | Auto = "auto"
    min_height: LengthPercentage | Auto = "auto"
    max_width: LengthPercentage | Auto = "none"
    max_height: LengthPercentage | Auto = "none"
    aspect_ratio: float | Auto = "auto"  # width / height
    margin_top: LengthPercentage | Auto = 0.0
    margin_right: LengthPercentage | Auto = 0.0
    margin_bottom: LengthPercentage | Auto = 0.0
    margin_left: LengthPercentage | Auto = 0.0
    padding_top: LengthPercentage = 0.0
    padding_right: LengthPercentage = 0.0
    padding_bottom: LengthPercentage = 0.0
    padding_left: LengthPercentage = 0.0
    border_top_width: float = 0.0
    border_right_width: float = 0.0
    border_bottom_width: float = 0.0
    border_left_width: float = 0.0
    border_top_style: str = "none"
    border_right_style: str = "none"
    border_bottom_style: str = "none"
    border_left_style: str = "none"
    border_top_color: Color = BLACK
    border_right_color: Color = BLACK
    border_bottom_color: Color = BLACK
    border_left_color: Color = BLACK
    border_top_left_radius: Radius = (0.0, 0.0)
    border_top_right_radius: Radius = (0.0, 0.0)
    border_bottom_right_radius: Radius = (0.0, 0.0)
    border_bottom_left_radius: Radius = (0.0, 0.0)
    overflow_x: str = "visible"  # visible hidden clip auto scroll (the last two clip like hidden)
    overflow_y: str = "visible"

    # --- flex and alignment --------------------------------------------------------------------------------------
    flex_direction: str = "row"
    flex_wrap: str = "nowrap"
    flex_grow: float = 0.0
    flex_shrink: float = 1.0
    flex_basis: LengthPercentage | Auto = "auto"  # or "content"
    order: int = 0
    justify_content: str = "normal"
    justify_items: str = "normal"
    justify_self: str = "auto"
    align_content: str = "normal"
    align_items: str = "normal"
    align_self: str = "auto"
    row_gap: LengthPercentage | Auto = "normal"
    column_gap: LengthPercentage | Auto = "normal"

    # --- inline and text -----------------------------------------------------------------------------------------
    vertical_align: LengthPercentage | str = "baseline"
    text_overflow: str = "clip"  # clip | ellipsis | a custom string prefixed with "string:"
    line_clamp: int | None = None  # line-clamp and -webkit-line-clamp
    text_fit: TextFit = TextFit()
    text_decoration_line: tuple[str, ...] = ()  # underline overline line-through
    text_decoration_color: Color = BLACK
    text_decoration_style: str = "solid"
    text_decoration_thickness: LengthPercentage | Auto = "auto"  # or from-font
    text_underline_offset: LengthPercentage | Auto = "auto"
    unicode_bidi: str = "normal"

    # --- paint -----------------------------------------------------------------------------------------------------
    background_color: Color = TRANSPARENT
    background_layers: tuple[BackgroundLayer, ...] = ()
    background_clip: str = "border-box"  # of the colour: that of the last layer, also when no layer has an image
    box_shadow: tuple[Shadow, ...] = ()
    outline_width: float = 0.0
    outline_style: str = "none"
    outline_color: Color = BLACK
    outline_offset: float = 0.0
    opacity: float = 1.0
    transform: tuple[TransformFunction, ...] = ()
    transform_origin: Position = Position(Percentage(0.5), Percentage(0.5))
    filter: tuple[FilterFunction, ...] = ()
    mix_blend_mode: str = "normal"
    isolation: str = "auto"
    object_fit: str = "fill"
    object_position: Position = Position(Percentage(0.5), Percentage(0.5))
    content: tuple[str | ImageValue | CounterReference, ...] | None = None  # of pseudo-elements; None: normal or none
    counter_reset: tuple[tuple[str, int], ...] = ()
    counter_increment: tuple[tuple[str, int], ...] = ()
    counter_set: tuple[tuple[str, int], ...] = ()
