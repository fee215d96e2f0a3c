"""Strings of a stranger: markup, escape sequences, formulas, paths and templates."""

HOSTILE = (
    # markup of rich, and its names of emoji
    "[/x]",
    "[/b]",
    "[bold]b",
    "[link=file:///etc/passwd]x[/link]",
    "[@click=app.quit]x",
    ":smile:",
    # terminals
    "\x1b[31mred",
    "\x1b]0;title\x07",
    "\x1b]8;;http://x\x1b\\link",
    "\x9b31m",
    "back\x08\x08space",
    "over\rwritten",
    "two\nlines",
    "a\ttab",
    "\x7fdelete",
    # directions, and what cannot be seen
    "\u202egnp.exe",
    "\u2066x\u2069",
    "zero\u200bwidth",
    "\ufeffmark",
    "line\u2028end",
    "tag\U000e0041",
    # matplotlib
    r"$\frac$",
    "$x_$",
    "$$",
    r"\$5",
    # spreadsheets
    "=1+1",
    "+cmd|' /C calc'!A0",
    "-2+3",
    "@SUM(A1)",
    "'=1",
    # pages and templates
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "&lt;b&gt;",
    "{{7*7}}",
    "{% raw %}",
    "%s%n{0}",
    # paths and shells
    "../../etc/passwd",
    "/dev/zero",
    "C:\\x",
    "CON",
    "x; rm -rf ~",
    "$(id)`id`",
    # plain, but unusual
    "x" * 300,
    "a.b+c,d=e",
    "數\u0301\u0302",
)
