// The benchmark's card for engines that take a tree of elements: the same boxes, fonts and colours as
// loadtests/templates/card/template.html.

const rule = (style, children) => ({ style: { display: "flex", ...style }, children });

export const page = (title) =>
  rule(
    {
      width: 1200,
      height: 630,
      boxSizing: "border-box",
      padding: 60,
      color: "#111827",
      fontFamily: "Inter",
      backgroundImage: "linear-gradient(135deg, #1e3a8a, #9333ea)",
    },
    [
      rule(
        {
          flexGrow: 1,
          flexBasis: 0,
          flexDirection: "column",
          padding: 64,
          borderRadius: 32,
          backgroundColor: "rgba(255, 255, 255, 0.92)",
        },
        [
          rule({ fontSize: 28, fontWeight: 600, lineHeight: 1.2, color: "#4f46e5" }, "Engineering notes"),
          rule({ flexGrow: 1, flexBasis: 0, marginTop: 24, fontSize: 60, fontWeight: 700, lineHeight: 1.15 }, title),
          rule({ fontSize: 32, fontWeight: 400, lineHeight: 1.2 }, "Ada Lovelace · 12 May"),
        ],
      ),
    ],
  );
