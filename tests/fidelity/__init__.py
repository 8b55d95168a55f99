"""The renderer beside Chromium: what it shows of a template is what Signet has to show.

cases/          small pages, one feature each; `assets/` are the files that they name
answers/        what Chromium said: boxes and lines as JSON, the picture as PNG
cases.py        finds the pages and the gallery's templates
fonts.py        gives Chromium the very font files that Signet uses
chromium.py     asks Chromium                 (`make fidelity-ask`)
signet.py       renders a case with Signet
serialise.py    a template's expanded document → HTML for Chromium
answers.py      the stored form of an answer
geometry.py     boxes and lines, edge by edge
pictures.py     how different two pictures look
comparison.py   one case, compared and judged
report.py       the page of all cases         (`make fidelity`)
known.toml      differences that are accepted, each with its reason
"""
