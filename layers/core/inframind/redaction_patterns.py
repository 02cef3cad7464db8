"""How secrets look in logs: keys by their shape, and what stands beside a name that says it is secret.

Every pattern takes a time that grows with the text and no faster: repetitions are bounded, or cannot overlap.
"""

import re

PEM = re.compile(r"-----BEGIN [A-Z ]{0,30}PRIVATE KEY.*?(?:-----END [A-Z ]{0,30}KEY(?: BLOCK)?-----|$)", re.DOTALL)
SHAPES = re.compile(
    r"(?<![A-Za-z0-9])(?:"
    r"(?:AKIA|ASIA|AGPA|AIDA|AROA|AIPA|ANPA|ANVA|ABIA|ACCA)[A-Z0-9]{12,}"
    r"|gh[pousr]_\w{16,}|github_pat_\w{16,}|gl(?:pat|dt|rt|cbt|ptt|ft|soat|imt|agent)-[\w-]{12,}|GR1348941[\w-]{16,}"
    r"|npm_\w{20,}|pypi-[\w-]{16,}|rubygems_[0-9a-f]{32,}|dckr_pat_[\w-]{16,}"
    r"|xox[a-z][.-][\w.-]{8,}|xapp-[\w-]{8,}"
    r"|sk-[\w-]{16,}|(?:sk|rk|pk)_(?:live|test)_\w{8,}|whsec_\w{8,}"
    r"|AIza[\w-]{20,}|ya29\.[\w.-]{8,}|GOCSPX-[\w-]{16,}|SG\.[\w-]{8,}\.[\w-]{8,}|dop_v1_\w{16,}|hv[sb]\.[\w-]{12,}"
    r"|im_[0-9a-z]{4,}_[\w-]{6,}|hf_\w{20,}|SK[0-9a-f]{32}|key-[0-9a-f]{32}|dapi[0-9a-f]{32}|shp(?:at|ca|pa|ss)_\w{20,}"
    r"|sbp_\w{20,}|gls?[ac]_\w{20,}|NRAK-[A-Z0-9]{20,}|ATATT3\w{20,}|lin_api_\w{16,}|dp\.[a-z]{2,8}\.\w{16,}"
    r"|AGE-SECRET-KEY-1[A-Z0-9]{20,}|\d{8,10}:AA[\w-]{30,}|[\w.~-]{3,8}Q~[\w.~-]{24,}|\w{12,20}\.atlasv1\.\w{20,}"
    r"|(?:hooks\.slack\.com|webhook\.office\.com|discord(?:app)?\.com/api/webhooks|api\.telegram\.org)/\S{4,}"
    r")"
    r"|(?<![\w-])(?=(?:[\w-]*[^A-Za-z0-9.])?eyJ)[\w-]{9,}+(?:\.[\w-]*){1,4}"  # web tokens: a run is looked at once
)
LOOKS = (
    *("AKIA", "ASIA", "AGPA", "AIDA", "AROA", "AIPA", "ANPA", "ANVA", "ABIA", "ACCA"),
    *("ghp_", "gho_", "ghu_", "ghs_", "ghr_", "github_pat_", "glpat-", "gldt-", "glrt-", "glcbt-", "glptt-", "glft-"),
    *("glsoat-", "glimt-", "glagent-", "GR1348941", "npm_", "pypi-", "rubygems_", "dckr_pat_", "xox", "xapp-", "sk-"),
    *("_live_", "_test_", "whsec_", "AIza", "ya29.", "GOCSPX-", "SG.", "dop_v1_", "hvs.", "hvb.", "im_", "hf_", "SK"),
    *("key-", "dapi", "shpat_", "shpca_", "shppa_", "shpss_", "sbp_", "gla_", "glc_", "glsa_", "glsc_", "NRAK-"),
    *("ATATT3", "lin_api_", "dp.", "AGE-SECRET", ":AA", "Q~", ".atlasv1.", "eyJ"),
    *("hooks.slack", "webhook.office", "/api/webhooks", "api.telegram"),
)
"""Without one of these a text holds none of the shapes: looked for first, where most texts hold none."""

_KINDS = (
    r"api|access|account|private|shared(?:[_-]?access)?|encryption|signing|secret|routing|integration|license|hmac|"
    r"master|storage|auth|webhook|deploy|subscription"
)
STEMS = (
    rf"passwords?|passwd|passphrases?|passcode|pwd|secrets?|tokens?|(?:{_KINDS})[_-]?keys?|credentials?|"
    r"(?:php|j|asp)?sess(?:ion)?[_-]?id|connect\.sid|x-amz-signature|storepass|keypass|(?<![a-z])(?:pass|otp|jwt)(?![a-z])|"
    r"(?:admin|db|ldap|proxy|root|smtp|user)pass(?![a-z])|api[ .]keys?"
)
_SUFFIX = r"[\w.]{0,30}(?:-(?:key|token|id|value|hash|prod|dev|file|path|arn|type|name|stdin))?"
_QUOTE = r"""(?:\\{0,7}["']|%22)?"""
SIGNS = r"""(?:\s{0,8}(?:=>|->|:=|[:=](?!=)|%3[AD])\s{0,8}|\s{1,8}(?:is|was)\s{1,8}(?=[A-Za-z]{0,40}[^A-Za-z\s.,;:]))"""
_BARE = r"""[^\s,;&"')}\]]+(?:[)}\]]+[^\s,;&"')}\]]+)*"""  # brackets in the midst of it, not at its end
_BLOCK = r"[|>][-+]?[ \t]*\n\s{1,40}\S+"  # of YAML
_ESCAPED = r"""\\{1,7}["'][^"'\\]*"""  # JSON inside JSON
_QUOTED = r"""[bru]{0,2}(?:"{3}[^"]*"{0,3}|"(?:\\.|[^"\\])*"?|'(?:\\.|''|[^'\\])*'?|`[^`]*`?)"""
_SEVERAL = r"""(?:\[\s{0,8}["'][^\]]*\]?|\{\s{0,8}["'][^{}]*\}?|\{[^{}\s"']*\}\}?[^{}\s;]*\}?)"""
VALUES = rf"(?:<SECRET>|(?:\\{{0,7}}|%22)\[redacted\]|{_BLOCK}|{_ESCAPED}|{_QUOTED}|{_SEVERAL}|(?:%22)?{_BARE})"

NAMED = re.compile(f"(?P<name>{STEMS})(?P<more>{_SUFFIX}{_QUOTE})(?P<sign>{SIGNS})(?P<value>{VALUES})", re.IGNORECASE)
PAIRED = re.compile(  # the value stands in a field of its own, as of environments and XML
    rf"(?P<name>{STEMS})(?P<more>{_SUFFIX}{_QUOTE})(?P<sign>[\s,;]{{1,12}}{_QUOTE}value{_QUOTE}{SIGNS})(?P<value>{VALUES})",
    re.IGNORECASE,
)
LISTED = re.compile(  # ("password", "x"), and the words of a command
    rf"""(?P<name>(?:[\[(]\s{{0,4}}b?|(?=["']-))["'][\w-]{{0,30}}?(?:{STEMS}))(?P<more>[\w-]{{0,20}})"""
    rf"""(?P<sign>["']\s{{0,4}},\s{{0,4}})(?P<value>b?(?:"[^"]*"|'[^']*'))""",
    re.IGNORECASE,
)
SAID = re.compile(
    rf"(?P<name>(?:password|passwd|passphrase|passcode|identified by)\s{{1,3}})(?P<value>{_QUOTED})", re.IGNORECASE
)
ELEMENT = re.compile(
    rf"(?P<name><(?!SECRET>)[\w:.-]{{0,40}}(?:{STEMS})[\w:.-]{{0,30}}(?:\s[^<>]{{0,200}})?>)(?P<value>[^<]+)", re.I
)
FLAG = re.compile(
    rf"""(?P<name>(?<![\w-])--?[\w.-]{{0,30}}?(?:{STEMS}))(?P<more>[\w-]{{0,20}})"""
    rf"""(?P<sign>\s{{1,3}})(?P<value>{_QUOTED}|[^\s"'-]\S*)""",
    re.IGNORECASE,
)
COMMAND = re.compile(
    r"(?P<name>\b(?:mysql\w{0,10}|mariadb\w{0,10})\b[^\n|;&]{0,100}?\s-p"
    r"|\b(?:sshpass|(?:docker|podman|oc|az|skopeo|helm|cf)\s{1,3}login)\b[^\n|;&]{0,100}?\s(?:-p|--password)\s{1,3}|\bredis-cli\b[^\n|;&]{0,100}?\s-a\s{1,3}"
    r"|(?:^|\s)(?:-u|--user)(?:\s{1,3}|=)[^\s:]{1,100}:(?!\d{1,5}(?:\s|$))|\s-U\s{1,3}[^\s%]{1,100}%"
    r"|\blogin\s{1,3}\S{1,64}\s{1,3}password\s{1,3}|\bAUTH\s(?=[A-Za-z]{0,40}\d))(?P<value>[^\s|;&]+)"
)
QUERY = re.compile(
    r"(?P<name>[?&](?:sig|key|auth|code)=)(?P<value>(?=[A-Za-z-]{0,64}\d)(?=[\d-]{0,64}[A-Za-z])[\w%~.-]{12,})"
)
IN_URL = re.compile(
    r"(?P<name>\b[a-z][a-z0-9+.-]{1,20}://[^\s:/@]{0,100}:)(?P<value>[^\s/]{1,200})(?=@)"
    r"|(?P<scheme>\bhttps?://)(?P<token>(?=[A-Za-z_-]{0,60}\d)(?=\d{0,60}[A-Za-z])[\w-]{16,255})(?=@)"
    r"|(?P<oracle>\bjdbc:oracle:\w{2,5}:[^/\s]{1,64}/)(?P<tiger>[^@\s]{1,128})(?=@)",
    re.IGNORECASE,
)
_SCHEMES = r"(?:[A-Za-z][\w-]{2,19})"
AUTHORIZATION = re.compile(
    rf"""(?P<name>authorization["']?\s{{0,8}}(?>=>|->|:=|[:=,])\s{{0,8}}(?:(?!\[redacted\])[\[(])?\s{{0,4}}(?:[bru](?=["']))?["']?(?:(?P<scheme>{_SCHEMES})\s{{1,4}})?)"""
    r"""(?P<value><SECRET>|\[redacted\]|(?:[\w-]{1,40}="[^"]*"(?:,\s{0,3}|(?=[\s"']|$)))+|[^\s"',;\]})]+(?:,\s{0,3}[\w-]{1,40}=[^\s,"']+)*)""",
    re.IGNORECASE,
)
SCHEME = re.compile(
    r"""(?P<name>\b(?i:bearer|basic)(?::\s{0,4}|\s{1,4}))(?P<value>(?=[A-Za-z+/_.~-]{0,200}(?:\d|[a-z][A-Z]))[\w+/.~-]{6,}={0,2})(?!["=\w])"""
)
COOKIE = re.compile(
    r"""(?P<name>cookies?["']?\s{0,4}(?>=>|->|:=|[:=])\s{0,4}["']?)"""
    r"""(?P<value>[^\s=;,"']{1,200}=[^\s;"']*(?:;\s{0,3}[^\s=;"']{1,200}(?:=[^\s;"']*)?)*|[^\s;,"'=]+)""",
    re.IGNORECASE,
)
ENCODED = re.compile(r"(?<![\w+/%.-])[A-Za-z0-9+/_-]{16,}={0,2}(?![\w+/=])")
