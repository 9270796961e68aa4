"""The inline stylesheet of all pages; sides are logical, so that it serves both directions."""

_PAGE = (
    "body{font:16px/1.6 system-ui,sans-serif;color:#1c1c28;background:#fff;margin:0}"
    "main,footer{max-width:46rem;margin:0 auto;padding:1.5rem}"
    "a{color:#1f4fd8}.muted,.trail{color:#5c5f6b;font-size:.9rem}.lead{font-size:1.15rem;color:#5c5f6b}"
    "h1,h2,h3,h4,h5,h6{line-height:1.25;margin:1.2em 0 .4em}"
    ".cards{display:grid;gap:1rem}.card{border:1px solid #d5d7de;border-radius:10px;padding:.4rem 1.2rem;"
    "text-decoration:none;color:inherit}.list{padding-inline-start:1.2rem}"
    ".locales{border-top:1px solid #e5e6eb;font-size:.9rem}[aria-current]{font-weight:600;text-decoration:none}"
)
_TEXT = (
    "article{overflow-wrap:break-word}article h1{font-size:1.6rem}article h2{font-size:1.3rem}"
    "article h3{font-size:1.1rem}article h4,article h5,article h6{font-size:1rem}"
    ".no-margin{margin:0;min-height:1.6em}article ul,article ol{margin:.3rem 0;padding-inline-start:1.6rem}"
    "hr{border:0;border-top:1px solid #d5d7de;margin:1.5rem 0}"
    "pre{background:#f3f4f7;border-radius:8px;padding:1rem;overflow-x:auto;direction:ltr;text-align:start}"
    "code{font-family:ui-monospace,monospace;font-size:.92em;overflow-wrap:anywhere}"
    ":not(pre)>code{background:#f3f4f7;border-radius:4px;padding:.1em .3em}"
    ".intercom-align-center{text-align:center}.intercom-align-left{text-align:left}"
    ".intercom-align-right{text-align:right}.intercom-align-justify{text-align:justify}"
)
_BLOCKS = (
    "article img{max-width:100%;height:auto;border-radius:6px}.intercom-container{margin:1rem 0}"
    ".intercom-interblocks-callout{border:1px solid;border-radius:8px;padding:.8rem 1rem;margin:1rem 0}"
    ".intercom-interblocks-table-container{overflow-x:auto;margin:1rem 0}"
    "table{border-collapse:collapse}td{border:1px solid #d5d7de;padding:.4rem .7rem;vertical-align:top}"
    "details{border:1px solid #d5d7de;border-radius:8px;margin:.6rem 0}"
    "summary{cursor:pointer;padding:.6rem 1rem}article summary>*{display:inline;font-size:1.1rem}"
    ".collapsible-section-content{border-top:1px solid #d5d7de;padding:.6rem 1rem}"
    ".intercom-h2b-button{display:inline-block;background:#1f4fd8;color:#fff;border-radius:8px;padding:.5rem 1.1rem;"
    "text-decoration:none}.intercom-h2b-video{margin:1rem 0}"
    ".video{display:flex;flex-direction:column;align-items:center;justify-content:center;gap:.6rem;aspect-ratio:16/9;"
    "background:#1c1c28;border-radius:8px;color:#fff;font-size:.9rem;text-decoration:none}"
    ".video::before{content:'';border:solid transparent;border-width:1.3rem 0 1.3rem 2.2rem;border-left-color:#fff}"
    ".video span{direction:ltr;padding:0 1rem;text-align:center;overflow-wrap:anywhere}"
    "td>:first-child,.intercom-interblocks-callout>:first-child,.collapsible-section-content>:first-child,"
    "li>:first-child{margin-top:0}td>:last-child,.intercom-interblocks-callout>:last-child,"
    ".collapsible-section-content>:last-child{margin-bottom:0}"
)
_FORMS = (
    ".small{font-size:.85rem;font-weight:400;margin-inline-start:.4rem}"
    ".edit{display:grid;gap:.3rem;justify-items:start;margin:1rem 0}"
    ".edit input,.edit select,.edit textarea{font:inherit;box-sizing:border-box;border:1px solid #8b8f9c;"
    "border-radius:6px;padding:.4rem .6rem;background:#fff;color:inherit;max-width:100%}"
    ".edit input,.edit textarea{width:100%}.edit textarea{font:.85rem/1.5 ui-monospace,monospace;resize:vertical}"
    ".edit label{font-weight:600;margin-top:.6rem}.edit p{margin:0}"
    "button{font:inherit;background:#1f4fd8;color:#fff;border:0;border-radius:8px;padding:.5rem 1.1rem;"
    "margin-top:.8rem;cursor:pointer}:focus-visible{outline:3px solid #1f4fd8;outline-offset:2px}"
    ".problem{border:1px solid #c0392b;border-radius:8px;background:#fdecea;padding:.6rem 1rem}"
    "main>details{padding:0 1rem .4rem}"
)
STYLE = _PAGE + _TEXT + _BLOCKS + _FORMS
