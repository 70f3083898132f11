"""The frame of a report: its style and its HTML. Light or dark, as the reader's system asks."""

STYLE = """
:root { color-scheme: light dark; --ground: #f6f7f9; --card: #ffffff; --ink: #14181f;
  --soft: #5b6472; --edge: #e3e7ec; --line: #2563c9; --area: rgba(37, 99, 201, .12);
  --good: #0a7f4f; --bad: #c2322d; --buy: #0b7fab; --sell: #d4561d; --price: #8a94a3; }
@media (prefers-color-scheme: dark) { :root { --ground: #0f1319; --card: #171c24; --ink: #e8ecf2;
  --soft: #97a1b0; --edge: #29313d; --line: #5b9bff; --area: rgba(91, 155, 255, .16);
  --good: #35c184; --bad: #ff6b63; --buy: #41bfe8; --sell: #ff9455; --price: #6d7787; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--ground); color: var(--ink);
  font: 15px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif; }
main { max-width: 1080px; margin: 0 auto; padding: 32px 20px 48px; }
h1 { font-size: 26px; line-height: 1.25; margin: 0 0 4px; letter-spacing: -.01em; }
h2 { font-size: 16px; margin: 0; }
header p, section p { margin: 0; color: var(--soft); }
section p { font-size: 13px; margin-bottom: 8px; }
.tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(220px, 1fr)); gap: 12px;
  margin: 24px 0 16px; }
.tile, section { background: var(--card); border: 1px solid var(--edge); border-radius: 10px; }
.tile { padding: 12px 16px; }
.tile .name, .tile .more { font-size: 12.5px; color: var(--soft); }
.tile .value { font-size: 21px; font-weight: 600; font-variant-numeric: tabular-nums;
  overflow-wrap: anywhere; }
.good { color: var(--good); }
.bad { color: var(--bad); }
section { padding: 18px 20px; margin-bottom: 16px; }
svg { display: block; width: 100%; min-width: 640px; height: auto; }
.plot { overflow-x: auto; }
@media (max-width: 600px) { .tiles { grid-template-columns: 1fr 1fr; }
  main { padding: 20px 12px 32px; } section { padding: 14px; } .tile .value { font-size: 17px; } }
.grid { stroke: var(--edge); stroke-width: 1; }
.zero { stroke: var(--soft); stroke-width: 1; stroke-dasharray: 3 3; }
.tick { fill: var(--soft); font-size: 12px; font-variant-numeric: tabular-nums; }
.line { fill: none; stroke: var(--line); stroke-width: 1.8; stroke-linejoin: round; }
.area { fill: var(--area); }
.stairs { fill: var(--area); stroke: var(--line); stroke-width: 1.3; stroke-linejoin: round; }
.price { fill: none; stroke: var(--price); stroke-width: 1.4; stroke-linejoin: round; }
.bar { fill: var(--line); }
path.buy { fill: var(--buy); stroke: var(--card); stroke-width: .6; }
path.sell { fill: var(--sell); stroke: var(--card); stroke-width: .6; }
.key { margin-left: 10px; font-weight: 600; }
.buy-key { color: var(--buy); }
.sell-key { color: var(--sell); }
.wide { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-size: 13.5px;
  font-variant-numeric: tabular-nums; }
th, td { text-align: left; padding: 6px 12px 6px 0; border-bottom: 1px solid var(--edge);
  vertical-align: top; }
tr:last-child > * { border-bottom: 0; }
th { font-weight: 500; color: var(--soft); white-space: nowrap; }
summary { cursor: pointer; font-weight: 600; }
footer { color: var(--soft); font-size: 12.5px; overflow-wrap: anywhere; }
"""

PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>{style}</style>
</head>
<body>
<main>
<header>
<h1>{strategy}</h1>
<p>{data}: {messages} messages, {span}</p>
</header>
<div class="tiles">{tiles}</div>
{plots}
<section><h2>How it ran</h2><div class="wide"><table>{facts}</table></div></section>
<section><details><summary>{fills_said}</summary><div class="wide"><table>
<thead><tr><th>time</th><th>side</th><th>quantity</th><th>price</th><th>as</th><th>ahead</th>
<th>in the queue</th><th>fee</th></tr></thead>
<tbody>{fills}</tbody></table></div></details></section>
<footer>Made by outcry backtest through the engine of the venue itself. The state it ended in has
the digest {digest}: the same recording, strategy and settings end there again.</footer>
</main>
</body>
</html>
"""
