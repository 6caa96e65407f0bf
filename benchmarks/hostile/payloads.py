"""200 texts that run a script wherever they are taken for HTML: 25 forms, each in 8 surroundings."""

from __future__ import annotations

_FORMS = (
    "<script>alert(1)</script>",
    "<script src=data:text/javascript,alert(1)></script>",
    "<img src=x onerror=alert(1)>",
    "<img src=x onerror=alert`1`>",
    "<IMG SRC=x OnErRoR=alert(1)>",
    "<img/src=x/onerror=alert(1)>",
    "<img src='x'onerror='alert(1)'>",
    "<svg onload=alert(1)>",
    "<svg/onload=alert(1)>",
    "<svg><script>alert(1)</script></svg>",
    "<svg><animate onbegin=alert(1) attributeName=x dur=1s>",
    "<math><mtext><img src=x onerror=alert(1)></mtext></math>",
    "<iframe srcdoc='<script>parent.alert(1)</script>'></iframe>",
    "<iframe src=javascript:parent.alert(1)></iframe>",
    "<body onload=alert(1)>",
    "<details open ontoggle=alert(1)>",
    "<input autofocus onfocus=alert(1)>",
    "<video><source onerror=alert(1)></video>",
    "<audio src=x onerror=alert(1)>",
    "<style>@keyframes x{}</style><b style=animation-name:x onanimationstart=alert(1)>",
    "<object data=javascript:alert(1)></object>",
    "<a href=javascript:alert(1) autofocus onfocus=alert(1)>x</a>",
    "<template><img src=x onerror=alert(1)></template><img src=x onerror=alert(1)>",
    "<noscript><p title='</noscript><img src=x onerror=alert(1)>'></noscript>",
    "{{constructor.constructor('alert(1)')()}}<img src=x onerror=alert(1)>",
)
_AFTER = ("", '">', "'>", "</textarea>", "</script>", "</title></style>", "--></mark>", "\u202e\u2028${alert(1)}")

PAYLOADS = tuple(after + form for form in _FORMS for after in _AFTER)


def as_name(payload: str) -> str:
    """The same as the name of a folder, which holds no slash."""
    return payload.replace("/", " ")
