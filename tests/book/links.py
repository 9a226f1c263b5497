"""Every link of the built book leads to a page and a place that are there: links.py BOOK [FILE.md...]

BOOK is the folder that mdbook has filled. Files of the repository in Markdown, which are read as they are, are held to the same.
Addresses with a scheme are not looked up: the tests have no way out.
"""

import html.parser
import pathlib
import re
import sys
import urllib.parse


class Page(html.parser.HTMLParser):
    """What a page links to, and the places in it that can be linked to."""

    def __init__(self, text):
        super().__init__()
        self.links, self.places = set(), {""}
        self.feed(text)

    def handle_starttag(self, _tag, attributes):
        for name, value in attributes:
            if name in ("href", "src"):
                self.links.add(value or "")
            elif name == "id":
                self.places.add(value)


def markdown(text):
    """A file in Markdown as a page: links and pictures, and headings under the names that a forge gives them."""
    text = re.sub(r"(?ms)^```.*?^```", "", text)
    page = Page("")
    page.links = set(re.findall(r"\]\(([^)\s]+)\)", text))
    page.places |= {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in re.findall(r"(?m)^#+ (.*)", text)}
    return page


def wrong_links(path, page, pages):
    for link in sorted(page.links):
        address = urllib.parse.urlsplit(link)
        if address.scheme or address.netloc:
            continue
        target = path
        if address.path:
            target = (path.parent / urllib.parse.unquote(address.path)).resolve()
        if target.is_dir() and (target / "index.html").exists():
            target /= "index.html"
        if not target.exists():
            yield f"{path}: {link}: there is no such file"
        elif target in pages and urllib.parse.unquote(address.fragment) not in pages[target].places:
            yield f"{path}: {link}: there is no such place in it"


book = pathlib.Path(sys.argv[1]).resolve()
pages = {path: Page(path.read_text()) for path in sorted(book.rglob("*.html"))}
pages |= {path: markdown(path.read_text()) for path in (pathlib.Path(name).resolve() for name in sys.argv[2:])}
# The page for addresses that do not exist is shown at any of them; print.html has all pages in one.
checked = {path: page for path, page in pages.items() if path.name not in ("404.html", "print.html")}
wrong = [line for path, page in checked.items() for line in wrong_links(path, page, pages)]
print("\n".join(wrong) or f"{sum(len(page.links) for page in checked.values())} links of {len(checked)} pages lead somewhere")
sys.exit(bool(wrong))
