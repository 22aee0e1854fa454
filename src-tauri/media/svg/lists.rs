//! What an SVG may hold: a list of elements and one of attributes, and nothing that is not on them.
//!
//! The method is that of `DOMPurify`'s lists for SVG: the elements of SVG 2, Filter Effects 1 and SVG Animations 2 that draw, with
//! their attributes and those that CSS made presentation attributes. What loads, runs or embeds other documents (`script`,
//! `foreignObject`, `handler`, `iframe`, media) is left out, and so is what no browser draws (`font`, `tref`, `flowRoot`).

/// Elements of the SVG namespace that are kept. In order, so that they can be searched.
#[rustfmt::skip]
const ELEMENTS: &[&str] = &[
    "a", "animate", "animateColor", "animateMotion", "animateTransform", "circle", "clipPath", "defs", "desc", "ellipse", "feBlend",
    "feColorMatrix", "feComponentTransfer", "feComposite", "feConvolveMatrix", "feDiffuseLighting", "feDisplacementMap",
    "feDistantLight", "feDropShadow", "feFlood", "feFuncA", "feFuncB", "feFuncG", "feFuncR", "feGaussianBlur", "feImage", "feMerge",
    "feMergeNode", "feMorphology", "feOffset", "fePointLight", "feSpecularLighting", "feSpotLight", "feTile", "feTurbulence", "filter",
    "g", "image", "line", "linearGradient", "marker", "mask", "metadata", "mpath", "path", "pattern", "polygon", "polyline",
    "radialGradient", "rect", "set", "stop", "style", "svg", "switch", "symbol", "text", "textPath", "title", "tspan", "use", "view",
];

/// Attributes without a namespace that are kept, if their values may be. In order.
#[rustfmt::skip]
const ATTRIBUTES: &[&str] = &[
    "accent-height", "accumulate", "additive", "alignment-baseline", "amplitude", "attributeName", "attributeType", "azimuth",
    "baseFrequency", "baseProfile", "baseline-shift", "begin", "bias", "by", "calcMode", "class", "clip", "clip-path", "clip-rule",
    "clipPathUnits", "color", "color-interpolation", "color-interpolation-filters", "color-rendering", "cursor", "cx", "cy", "d",
    "diffuseConstant", "direction", "display", "divisor", "dominant-baseline", "dur", "dx", "dy", "edgeMode", "elevation",
    "enable-background", "end", "exponent", "externalResourcesRequired", "fill", "fill-opacity", "fill-rule", "filter", "filterRes",
    "filterUnits", "flood-color", "flood-opacity", "focusable", "font", "font-family", "font-feature-settings", "font-kerning",
    "font-size", "font-size-adjust", "font-stretch", "font-style", "font-variant", "font-variation-settings", "font-weight", "fr",
    "from", "fx", "fy", "glyph-orientation-horizontal", "glyph-orientation-vertical", "gradientTransform", "gradientUnits", "height",
    "href", "id", "image-rendering", "in", "in2", "inline-size", "intercept", "isolation", "k1", "k2", "k3", "k4", "kernelMatrix",
    "kernelUnitLength", "kerning", "keyPoints", "keySplines", "keyTimes", "lang", "lengthAdjust", "letter-spacing", "lighting-color",
    "limitingConeAngle", "line-height", "marker", "marker-end", "marker-mid", "marker-start", "markerHeight", "markerUnits",
    "markerWidth", "mask", "mask-type", "maskContentUnits", "maskUnits", "max", "media", "method", "min", "mix-blend-mode", "mode",
    "name", "numOctaves", "offset", "opacity", "operator", "order", "orient", "origin", "overflow", "paint-order", "path", "pathLength",
    "patternContentUnits", "patternTransform", "patternUnits", "pointer-events", "points", "pointsAtX", "pointsAtY", "pointsAtZ",
    "preserveAlpha", "preserveAspectRatio", "primitiveUnits", "r", "radius", "refX", "refY", "repeatCount", "repeatDur",
    "requiredExtensions", "requiredFeatures", "restart", "result", "role", "rotate", "rx", "ry", "scale", "seed",
    "shape-image-threshold", "shape-inside", "shape-margin", "shape-padding", "shape-rendering", "shape-subtract", "side", "slope",
    "solid-color", "solid-opacity", "spacing", "specularConstant", "specularExponent", "spreadMethod", "startOffset", "stdDeviation",
    "stitchTiles", "stop-color", "stop-opacity", "stroke", "stroke-dasharray", "stroke-dashoffset", "stroke-linecap", "stroke-linejoin",
    "stroke-miterlimit", "stroke-opacity", "stroke-width", "style", "surfaceScale", "systemLanguage", "tabindex", "tableValues",
    "targetX", "targetY", "text-align", "text-align-last", "text-anchor", "text-decoration", "text-decoration-color",
    "text-decoration-line", "text-decoration-style", "text-decoration-thickness", "text-indent", "text-orientation", "text-overflow",
    "text-rendering", "textLength", "title", "to", "transform", "transform-box", "transform-origin", "type", "unicode-bidi", "values",
    "vector-effect", "version", "viewBox", "viewTarget", "visibility", "white-space", "width", "word-spacing", "writing-mode", "x",
    "x1", "x2", "xChannelSelector", "y", "y1", "y2", "yChannelSelector", "z", "zoomAndPan",
];

/// Attributes that neither draw nor move anything: removed without a word. In order.
#[rustfmt::skip]
const UNSEEN: &[&str] = &[
    "autofocus", "contentScriptType", "contentStyleType", "crossorigin", "decoding", "download", "fetchpriority", "hreflang", "nonce",
    "part", "ping", "referrerpolicy", "rel", "slot", "target",
];

/// Attributes that an animation must not change: what an element refers to, and what is checked only once.
const FIXED: [&str; 8] = ["attributeName", "by", "from", "href", "id", "media", "style", "to"];

/// Whether an element of the SVG namespace is kept.
pub(super) fn is_element(name: &str) -> bool {
    ELEMENTS.binary_search(&name).is_ok()
}

/// Whether an attribute without a namespace is kept.
pub(super) fn is_attribute(name: &str) -> bool {
    ATTRIBUTES.binary_search(&name).is_ok() || is_text(name)
}

/// Whether an attribute is text for people and programs that no browser draws by itself.
pub(super) fn is_text(name: &str) -> bool {
    name.starts_with("aria-") || name.starts_with("data-") || matches!(name, "class" | "id" | "lang" | "role" | "title")
}

/// Whether removing an attribute changes nothing that is seen.
pub(super) fn is_unseen(name: &str) -> bool {
    UNSEEN.binary_search(&name).is_ok()
}

/// Whether an animation may change this attribute.
pub(super) fn may_be_animated(name: &str) -> bool {
    ATTRIBUTES.binary_search(&name).is_ok() && !FIXED.contains(&name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lists_are_in_order_and_hold_nothing_that_runs() {
        for list in [ELEMENTS, ATTRIBUTES, UNSEEN] {
            assert!(list.is_sorted(), "{list:?}");
            assert!(!list.iter().any(|name| name.starts_with("on") || name.contains("cript") && !name.starts_with("content")));
        }
        assert!(is_element("feDropShadow") && is_attribute("paint-order") && is_attribute("aria-labelledby") && is_attribute("data-a"));
        assert!(!is_element("script") && !is_element("foreignObject") && !is_attribute("onload"));
        assert!(may_be_animated("fill") && may_be_animated("values") && !may_be_animated("href") && !may_be_animated("xlink:href"));
        assert!(!may_be_animated("onload") && !may_be_animated("style"));
    }
}
