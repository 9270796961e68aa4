"""Every finding: its code, default severity and meaning, and the texts that report it.

To add a finding, add a rule and a text here, report it with `catalogue.NAME(value=…).at(location)`, and describe the
code in docs/findings.md. Names in braces are the values that the place that reports it passes.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

from helpsync.errors import Exit, HelpsyncError
from helpsync.model import Finding

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from helpsync.errors import Location
    from helpsync.model import Severity


@dataclass(frozen=True, slots=True)
class Rule:
    """A finding's code, default severity and meaning; `rules:` can't change a `fixed` one."""

    code: str
    severity: Severity
    fixed: bool
    summary: str

    def text(self, message: str, hint: str | None = None) -> MessageText:
        """Return a text that reports this rule."""
        return MessageText(self.code, message, hint)


class Issue(NamedTuple):
    """A finding that has no place yet."""

    code: str
    message: str
    hint: str | None = None

    def at(self, location: Location) -> Finding:
        """Return the finding at this place, with the default severity of its code."""
        return finding(self.code, self.message, location, self.hint)


class Unusable(HelpsyncError):
    """The content tree has errors.

    `findings` are these and its warnings, `where` the command that shows them all, `end` what was not done.
    """

    code = "findings"
    exit_code = Exit.FINDINGS

    def __init__(self, findings: Iterable[Finding], where: str, end: str) -> None:
        self.findings = tuple(findings)
        self.where = where
        self.end = end
        super().__init__(f"the content tree has errors: {end}")


@dataclass(frozen=True, slots=True)
class MessageText:
    """The message and the hint of a finding, with names in braces for the values that vary."""

    code: str
    message: str
    hint: str | None = None

    def __call__(self, *, hint: str | None = None, **values: object) -> Issue:
        """Return the issue with these values; `hint`, already complete, replaces the text's own."""
        if hint is None and self.hint is not None:
            hint = self.hint.format_map(values)
        return Issue(self.code, self.message.format_map(values), hint)


def finding(code: str, message: str, location: Location, hint: str | None = None) -> Finding:
    """Return a finding with the default severity of its code."""
    return Finding(code, RULES[code].severity, message, location, hint)


def by_rules(findings: Iterable[Finding], rules: Mapping[str, Severity]) -> tuple[Finding, ...]:
    """Return the findings sorted by place, with the severities of `rules`, and without those that are off."""
    kept = []
    for each in findings:
        rule = RULES[each.code]
        severity = rule.severity if rule.fixed else rules.get(each.code, rule.severity)
        if severity != "off":
            kept.append(replace(each, severity=severity))
    return tuple(sorted(kept, key=_place))


def _place(finding: Finding) -> tuple[str, int, int, str, str]:
    location = finding.location
    return (location.path, location.line or 0, location.column or 0, finding.code, finding.message)


def _fixed(code: str, summary: str) -> Rule:
    return Rule(code, "error", fixed=True, summary=summary)


def _error(code: str, summary: str) -> Rule:
    return Rule(code, "error", fixed=False, summary=summary)


def _warn(code: str, summary: str) -> Rule:
    return Rule(code, "warn", fixed=False, summary=summary)


def did_you_mean(word: str) -> str:
    """Return the hint that suggests another word."""
    return f"did you mean `{word}`?"


# Links ----------------------------------------------------------------------------------------------------------------

BROKEN_LINK = _error("broken-link", "A link isn't to an article of the tree; with `warn` the text stays without it.")
LINK_EMPTY = BROKEN_LINK.text("the link has no target", "write its target, or remove the link")
LINK_OUTSIDE = BROKEN_LINK.text("`{href}` is outside the content tree", "link to an article, or to a URL")
LINK_UNKNOWN = BROKEN_LINK.text("`{href}` is not an article", "{suggestion}")
LINK_NO_FILE = BROKEN_LINK.text("`{href}` is not an article: there is no {file}", "{suggestion}")
LINK_BAD_NAME = BROKEN_LINK.text("`{href}` is not an article: {problem}", "{suggestion}")
LINK_WITHOUT_SCHEME = BROKEN_LINK.text(
    "`{href}` is not an article: `{scheme}` is missing before it", "did you mean `{scheme}{href}`?"
)
LINK_UNTRANSLATED = BROKEN_LINK.text("`{href}` is not translated to {language}", "did you mean `{near}`?")
LINK_TO_FILE = BROKEN_LINK.text(
    "`{href}` is a file, and Intercom's API can't host attachments",
    "put the file on a public server, and link to its URL",
)
LINK_TO_COLLECTION = BROKEN_LINK.text("`{href}` is a collection, not an article", "link to one of its articles")
CHECK_PATH = "check the path; it is relative to this file, or to the content folder if it begins with /"

BROKEN_ANCHOR = _error(
    "broken-anchor", "A link names a heading that its article doesn't have; with `warn` it goes to the top."
)
NO_SUCH_HEADING = BROKEN_ANCHOR.text("{article} has no heading `#{slug}`", "did you mean `#{near}`?")
NOT_A_HEADING = "titles of collapsibles can't be linked to: link to a heading above it"
OTHER_HEADINGS = "its headings are {headings}; nothing else, such as an `<a id>`, can be linked to"
NO_HEADINGS = "it has no headings, and nothing else, such as an `<a id>`, can be linked to: remove the part after #"

LINK_TO_DRAFT = _warn("link-to-draft", "A published article links to a draft, which readers can't open.")
TARGET_IS_DRAFT = LINK_TO_DRAFT.text(
    "this links to {address}, a draft that readers can't open", "publish it, or link to it later"
)
TARGET_BEGINS_AS_DRAFT = LINK_TO_DRAFT.text(
    "this links to {address}, which starts as a draft that readers can't open",
    "write `state: published` in its file if they can, or link to it later",
)

# Pictures -------------------------------------------------------------------------------------------------------------

MISSING_IMAGE = _error("missing-image", "A picture can't be found; with `warn` it is left out.")
IMAGE_WITHOUT_ADDRESS = MISSING_IMAGE.text("the picture has no address", "write its path, or remove it")
IMAGE_OUTSIDE = MISSING_IMAGE.text(
    "the picture `{source}` is outside the content folder", "move it into the content folder"
)
IMAGE_NOT_FOUND = MISSING_IMAGE.text(
    "the picture `{source}` can't be found", "there is no file {file}; names must match in upper and lower case"
)

BAD_IMAGE = _error("bad-image", "An image is another kind of file, or a web page; with `warn` it is left out.")
_KINDS = "PNG, JPEG, GIF, WebP, AVIF, BMP or SVG"
_EXPORT = f"export it again as {_KINDS}"
RESOLVE_CONFLICT = "keep what is right of both versions, and remove the lines <<<<<<<, ======= and >>>>>>>"
IMAGE_EMPTY = BAD_IMAGE.text("the picture `{source}` is an empty file", _EXPORT)
IMAGE_LFS_POINTER = BAD_IMAGE.text(
    "the picture `{source}` is a pointer of Git LFS, not the picture itself", "fetch the pictures with `git lfs pull`"
)
IMAGE_WITH_CONFLICT = BAD_IMAGE.text(
    "the picture `{source}` is a file in which a merge left a conflict", RESOLVE_CONFLICT
)
IMAGE_BROKEN_SVG = BAD_IMAGE.text("the picture `{source}` is an SVG that is not well-formed ({error})", _EXPORT)
IMAGE_OTHER_KIND = BAD_IMAGE.text(f"the picture `{{source}}` is not a {_KINDS} file", _EXPORT)
URL_WITH_PLACEHOLDER = BAD_IMAGE.text("nothing fills in the `{placeholder}` of `{url}`", "write the address out")
URL_OF_PAGE = BAD_IMAGE.text("`{url}` is the address of a web page, not of a picture")
URL_OF_OTHER_FILE = BAD_IMAGE.text(
    "`{url}` is the address of a `{ending}` file, not of a picture",
    "show a picture, or link to the file: `[text](address)`",
)
USE_PUBLIC_PICTURE = "put the picture into the content folder, or on a public server"
USE_RAW_DROPBOX = "write `raw=1` in the place of `dl=0`"
USE_VIDEO_LINE = "for a video, write its address on a line of its own"

NO_PUBLIC_URL = _error(
    "no-public-url", "A local picture needs `assets: {url: …}`, because Intercom fetches pictures from the web."
)
HOST_NOT_PUBLIC = NO_PUBLIC_URL.text(
    "Intercom can't fetch the picture `{url}`: `{host}` is not on the public internet", USE_PUBLIC_PICTURE
)
IMAGE_WITHOUT_URL = NO_PUBLIC_URL.text(
    "the picture `{source}` has no public URL that Intercom could fetch it from",
    "set `assets: {{url: …}}` in helpsync.yaml",
)

UNCOMMITTED_IMAGE = _error(
    "uncommitted-image", "A local picture is not in the commit that `assets: {url: …}` makes Intercom fetch it from."
)
_COMMIT_IT = "commit it, and push the commit to where `assets.url` points, before helpsync pushes"
NO_COMMIT = UNCOMMITTED_IMAGE.text(
    "`{{commit}}` in `assets.url` has no value, because there is no git commit here",
    "commit the pictures, or write a URL without {{commit}}",
)
IMAGE_NOT_COMMITTED = UNCOMMITTED_IMAGE.text(
    "the picture is not in the commit that is checked out, so Intercom can't fetch it", _COMMIT_IT
)
IMAGE_CHANGED = UNCOMMITTED_IMAGE.text(
    "the picture was changed since the commit that is checked out, which Intercom fetches it from", _COMMIT_IT
)

# Markup: the texts are in the Markdown package, beside what decides about them ----------------------------------------

REFUSED_MARKUP = _error("refused-markup", "Intercom would refuse this markup, and no valid body can be made of it.")
LOST_MARKUP = _warn("lost-markup", "Intercom can't show this markup: it is dropped, and its text or a link stays.")
DEEP_HEADING = _warn("deep-heading", "A heading is of a rank that Intercom may not keep; it may look like another one.")
DOUBLE_BRACES = _warn("double-braces", "Intercom stores `{{` as `#{{`, and readers may see the `#`.")
CODE_LANGUAGE = _warn("code-language", "Intercom does not keep the language of a code block; the code stays.")
UNSTABLE_ANCHOR = _warn(
    "unstable-anchor", "The workspace renews ids of headings, so this link to one will stop working."
)
LINK_WILL_STOP = UNSTABLE_ANCHOR.text(
    "the link to #{slug} will stop working: this workspace gives headings new ids at every write, and sending this "
    "article again would break other links",
    "link to the top of an article, or move the section into an article of its own",
)

# The shape of the tree ------------------------------------------------------------------------------------------------

UNKNOWN_LOCALE = _error(
    "unknown-locale", "A file is in a locale that Intercom or helpsync.yaml doesn't have; it is not read."
)
_OUT_OF_CONTENT = "move it out of the content folder, or add it to `ignore`"
FILE_OUTSIDE_LOCALES = UNKNOWN_LOCALE.text(
    "the file is outside the locale folders", "move it to {default_locale}/{name}"
)
LOCALE_IN_NAME = UNKNOWN_LOCALE.text(
    "the name ends in the locale {locale}, but the layout is folder",
    "move it to {path}, or write `layout: suffix` in helpsync.yaml",
)
DEFAULT_LOCALE_IN_NAME = UNKNOWN_LOCALE.text(
    "the default locale {locale} is not written in a name", "rename it to {name}"
)
COLLECTION_LOCALE = UNKNOWN_LOCALE.text(
    "{name} doesn't name a locale that Intercom knows",
    "the name is _collection.md, or _collection.LOCALE.md for a translation",
)
FOLDER_NOT_A_LOCALE = UNKNOWN_LOCALE.text(
    "the folder {folder} is not a locale that Intercom knows",
    "the first folder is a locale, as in en/billing/refunds.md",
)
FOLDER_OF_UNKNOWN_LANGUAGE = UNKNOWN_LOCALE.text(
    "the folder {folder} is not a locale that Intercom knows: it doesn't have {language}",
    "move it out of the content folder, or add {folder}/** to `ignore`",
)
FOLDER_NEARLY_A_LOCALE = UNKNOWN_LOCALE.text(
    "the folder {folder} is not a locale that Intercom knows", "rename the folder to {locale}"
)
UNKNOWN_LANGUAGE = UNKNOWN_LOCALE.text("Intercom doesn't know {tag}: it doesn't have {language}", _OUT_OF_CONTENT)
OTHER_LOCALE_CODE = UNKNOWN_LOCALE.text("Intercom doesn't know {tag}; use {locale}", "rename it to {name}")
LOCALE_NEEDS_DOT = UNKNOWN_LOCALE.text("a locale is written after a dot: {head}.{locale}.md", "rename it to {name}")
LOCALE_NOT_LISTED = UNKNOWN_LOCALE.text(
    "{files} in {language}, but {locale} is not among the locales of helpsync.yaml",
    "add {locale} to `locales`, or remove these files",
)
MISNAMED_FILE = UNKNOWN_LOCALE.text("this looks like a translation of {source}: {meaning}", _OUT_OF_CONTENT)
MISNAMED_FOLDER = UNKNOWN_LOCALE.text(
    "the folder {folder} seems to have translations, this one of {source}: {meaning}", _OUT_OF_CONTENT
)

TOO_DEEP = _error("too-deep", "A folder is deeper than collection and section; the files in it are not read.")
FOLDER_TOO_DEEP = TOO_DEEP.text(
    "the folder {folder} is too deep: API 2.9 has only collections and sections", "move its files to {above}"
)
NO_COLLECTION = _warn("no-collection", "An article is in no collection, so readers can't find it.")
ARTICLE_AT_ROOT = NO_COLLECTION.text(
    "the article is in no collection, so readers can't find it in the Help Center",
    "move it into a folder with a _collection.md",
)
UNNAMED_COLLECTION = _warn("unnamed-collection", "A collection has no name in a locale that its articles have.")
NO_NAME_IN_LOCALES = UNNAMED_COLLECTION.text("{folder} has no name in {locales}", "add {file} with a `name`{more}")
SECTION_DESCRIPTION = _warn(
    "section-description", "Intercom's sections have no description in API 2.9; it is not sent."
)
DESCRIBED_SECTION = SECTION_DESCRIPTION.text(
    "a section has no description in API 2.9; it is not sent",
    "remove it, or move the section to the top as a collection",
)
COLLECTION_BODY = _warn(
    "collection-body", "Text below a collection's frontmatter isn't shown anywhere; it is not sent."
)
TEXT_IN_COLLECTION = COLLECTION_BODY.text(
    "text below a collection's frontmatter isn't shown anywhere", "make it an article, or remove it"
)
UNREAD_FILE = _warn("unread-file", "A file looks like an article, but only names that end in `.md` are read.")
OTHER_ENDING = UNREAD_FILE.text(
    "only names that end in .md are read", "rename it to {name}, or add it to `ignore` in helpsync.yaml"
)
STALE_TRANSLATION = _warn(
    "stale-translation", "The source text changed since a translation was made, by its `source:` digest."
)
SOURCE_CHANGED = STALE_TRANSLATION.text(
    "the source text changed since this was translated (source: {digest}, now {now})",
    "bring it up to date, then write `source: {now}`",
)
CANNOT_UNPARENT = _error(
    "cannot-unparent", "An article left its collection for the root, which Intercom's API can't do."
)
LEFT_ITS_COLLECTION = CANNOT_UNPARENT.text(
    "{address} moved to the root, but Intercom has no way to take an article out of its collection",
    "move it into a folder with a _collection.md",
)

MISSING_COLLECTION = _fixed("missing-collection", "A folder with articles has no `_collection.md`.")
FOLDER_WITHOUT_COLLECTION = MISSING_COLLECTION.text(
    "{folder} is not a collection yet: there is no {file}", "add {file} with a `name`"
)
ROOT_COLLECTION = _fixed("root-collection", "The root of the content tree can't be a collection.")
COLLECTION_AT_ROOT = ROOT_COLLECTION.text(
    "the root of the content tree is not a collection", "remove the file; collections are the folders below"
)
MISSING_SOURCE = _fixed("missing-source", "A translation has no file in the default locale.")
NO_SOURCE = MISSING_SOURCE.text(
    "this translates {source}, which does not exist", "add {source}, or remove the translation"
)
SOURCE_RENAMED = MISSING_SOURCE.text(
    NO_SOURCE.message, "{new} may be its new name: rename this to {path}; or add {source}, or remove the translation"
)
SOURCE_IN_OTHER_CASE = MISSING_SOURCE.text(
    NO_SOURCE.message, "write the name as {near} is written: upper and lower case count"
)
DUPLICATE_ADDRESS = _fixed(
    "duplicate-address", "Two files are the same article in the same locale, here or where names ignore case."
)
SAME_ADDRESS = DUPLICATE_ADDRESS.text("{file} and {other} have the same address", "rename one of them")
SAME_BUT_FOR_CASE = DUPLICATE_ADDRESS.text(
    "{file} and {other} differ only in case, which many systems ignore", "rename one of them"
)
DUPLICATE_ID = _fixed("duplicate-id", "Two files are pinned to the same item in Intercom.")
SAME_ID = DUPLICATE_ID.text(
    "the id {id} is pinned here and in {other}", "one item has one file: remove one of the two ids"
)
BAD_NAME = _fixed("bad-name", "The name of a file or folder can't become an address.")
NAME_NOT_TEXT = BAD_NAME.text("the name has bytes that are not UTF-8, or control characters", "rename it")

# Files and their frontmatter ------------------------------------------------------------------------------------------

UNREADABLE_FILE = _fixed("unreadable-file", "A file can't be opened.")
_CHECK_PERMISSIONS = "check its permissions"
FILE_NOT_OPENED = UNREADABLE_FILE.text("the file can't be opened: {error}", _CHECK_PERMISSIONS)
FOLDER_NOT_READ = UNREADABLE_FILE.text("the folder can't be read: {error}", _CHECK_PERMISSIONS)
NOT_A_REGULAR_FILE = UNREADABLE_FILE.text("this is not a regular file", "only files and folders can be content")
NOT_A_FOLDER = UNREADABLE_FILE.text("this is not a folder, and helpsync would write files into it", "rename it")
HUGE_FILE = _fixed("huge-file", "A file is larger than 20 MB.")
FILE_TOO_LARGE = HUGE_FILE.text(
    "the file has {size:.1f} MB, more than {limit} MB", "split it, or add it to `ignore` in helpsync.yaml"
)
BAD_ENCODING = _fixed("bad-encoding", "A file is not UTF-8 text.")
NOT_UTF8 = BAD_ENCODING.text("the file is not UTF-8 text: {found}", "save the file as UTF-8")
ZERO_BYTE = BAD_ENCODING.text("the file has a zero byte: it is not text", "save the file as UTF-8")
BAD_SYMLINK = _fixed("bad-symlink", "A symbolic link has no target, a target outside the tree, or goes in a circle.")
LINK_IN_CIRCLE = BAD_SYMLINK.text("the symbolic link points to a folder that contains it", "remove the link")
LINK_OUT_OF_CONTENT = BAD_SYMLINK.text(
    "the symbolic link points out of the content folder", "copy its target into the content folder"
)
LINK_NOT_OPENED = BAD_SYMLINK.text(
    "the file can't be opened: {error}", "copy the link's target into the content folder, or remove the link"
)
WRITE_TO_DEAD_LINK = BAD_SYMLINK.text(
    "the symbolic link has no target, and helpsync would write files here", "remove the link"
)
WRITE_OUT_OF_CONTENT = BAD_SYMLINK.text(
    "the symbolic link points out of the content folder, and helpsync would write files here",
    "put a folder in its place",
)
CONFLICT_MARKERS = _fixed("conflict-markers", "A file has a merge conflict that nobody has resolved; it is not read.")
UNRESOLVED_CONFLICT = CONFLICT_MARKERS.text("a merge left a conflict here", RESOLVE_CONFLICT)
MISSING_FRONTMATTER = _fixed("missing-frontmatter", "A file does not begin with frontmatter.")
TEXT_BEFORE_FRONTMATTER = MISSING_FRONTMATTER.text("there is something before the frontmatter", "begin line 1 with ---")
NO_FRONTMATTER = MISSING_FRONTMATTER.text(
    "the file has no frontmatter", "begin the file with a line ---, then `{key}: …`, then another line ---"
)
FRONTMATTER_WITHOUT_END = MISSING_FRONTMATTER.text("the frontmatter has no end", "put a line --- after the last key")
BAD_FRONTMATTER = _fixed("bad-frontmatter", "The frontmatter is not valid YAML, or a value is of the wrong kind.")
NOT_KEYS = BAD_FRONTMATTER.text("the frontmatter is {kind}, not keys and values", "write `key: value` lines")
UNKNOWN_REMOTE = BAD_FRONTMATTER.text("helpsync.yaml has no remote `{remote}`")
UNKNOWN_KEY = _fixed("unknown-key", "The frontmatter has a key that helpsync does not know.")
MISPLACED_KEY = _fixed("misplaced-key", "A key is in a file where it has no meaning.")
ONLY_IN_DEFAULT_LOCALE = MISPLACED_KEY.text(
    "`{key}` has a meaning only in the file of the default locale {locale}", "remove the line"
)
ONLY_IN_TRANSLATION = MISPLACED_KEY.text("`{key}` has a meaning only in a translation", "remove the line")
CUT_TEXT = _error("cut-text", "YAML takes a part of a title, name or description for a comment or an anchor.")
COMMENT_IN_TEXT = CUT_TEXT.text("a comment begins here{rest}", "put the text in quotes, or the comment on its own line")
SIGN_BEFORE_TEXT = CUT_TEXT.text("YAML does not read the leading `{sign}` as text{rest}", "put the text in quotes")
CONTROL_CHARACTER = _warn("control-character", "A title, name, description or body contains a control character.")
HIDDEN_IN_KEY = CONTROL_CHARACTER.text("the `{key}` contains {character}", "remove it")
TAB_IN_KEY = CONTROL_CHARACTER.text("the `{key}` contains {character}", "write a space in its place")
MISSING_TITLE = _fixed("missing-title", "An article has no `title`, or a collection no `name`.")
MISSING_BODY = _error("missing-body", "A text shows nothing, so readers of its locale would see an empty page.")
_WRITE_ARTICLE = "write its text, or `state: draft` until it has one"
_WRITE_TRANSLATION = "translate the text, or remove the file: readers then get the default locale"
ARTICLE_WITHOUT_TEXT = MISSING_BODY.text(
    "the article has no text, so readers of {locale} would see an empty page", _WRITE_ARTICLE
)
ARTICLE_SHOWS_NOTHING = MISSING_BODY.text(
    "the article shows nothing, so readers of {locale} would see an empty page", _WRITE_ARTICLE
)
TRANSLATION_WITHOUT_TEXT = MISSING_BODY.text(
    "the translation has no text, so readers of {locale} would see an empty page", _WRITE_TRANSLATION
)
TRANSLATION_SHOWS_NOTHING = MISSING_BODY.text(
    "the translation shows nothing, so readers of {locale} would see an empty page", _WRITE_TRANSLATION
)
DRAFT_SHOWS_NOTHING = MISSING_BODY.text(
    "the text shows nothing, but readers of {locale} can open it: they would see an empty page",
    "write its text, or `state: draft` to hide it",
)

# Found while planning, against Intercom -------------------------------------------------------------------------------

MISSING_AUTHOR = _fixed(
    "missing-author", "A new article has no author, neither in its frontmatter nor in helpsync.yaml."
)
NEW_ARTICLE_WITHOUT_AUTHOR = MISSING_AUTHOR.text(
    "a new article needs an author (Intercom refuses it without)",
    "add `author:` to the frontmatter or to helpsync.yaml",
)
UNKNOWN_AUTHOR = _fixed("unknown-author", "An author is not a teammate of the workspace.")
NO_SUCH_TEAMMATE = UNKNOWN_AUTHOR.text("no teammate {author} in this workspace", "{teammates}")
NO_DEFAULT_TEAMMATE = UNKNOWN_AUTHOR.text(
    "no teammate {author} (`author:` in helpsync.yaml) in this workspace", "{teammates}"
)

RULES: Mapping[str, Rule] = MappingProxyType(
    {rule.code: rule for rule in list(globals().values()) if isinstance(rule, Rule)}
)
