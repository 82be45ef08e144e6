"""What the page makes of the chat's Markdown: nodes with the same meaning, and never markup out of a text."""

from typing import Final

from sandbox.page import Page
from tests.browser.seat import Seat

RENDER: Final = """async ({ texts, base }) => {
    const { markdown } = await import(base + "static/markdown.js");
    return texts.map((text) => {
        const box = document.createElement("div");
        box.append(...markdown(text));
        return box.innerHTML;
    });
}"""
MEANT: Final = {
    "plain": "<p>plain</p>",
    "two\nlines": "<p>two<br>lines</p>",
    "**bold** *slanted* _too_ __under__ ~~gone~~": (
        "<p><strong>bold</strong> <em>slanted</em> <em>too</em> <u>under</u> <s>gone</s></p>"
    ),
    "**bold *and slanted***": "<p><strong>bold <em>and slanted</em></strong></p>",
    r"\*not\* \<@1\>": "<p>*not* &lt;@1&gt;</p>",
    "snake_case_name and 2 * 3 * 4": "<p>snake_case_name and 2 * 3 * 4</p>",
    "`**as is**`": "<p><code>**as is**</code></p>",
    "```py\n<b>**x**\n```\nafter": '<pre tabindex="0"><code>&lt;b&gt;**x**</code></pre><p>after</p>',
    "> a quote\n> of two\nand not": "<blockquote><p>a quote<br>of two</p></blockquote><p>and not</p>",
    "-# small *print*": '<p class="small">small <em>print</em></p>',
    "# Head\ntext": '<p class="heading level-1">Head</p><p>text</p>',
    "- one\n- two": "<ul><li>one</li><li>two</li></ul>",
    "<script>alert(1)</script>": "<p>&lt;script&gt;alert(1)&lt;/script&gt;</p>",
    "[click](javascript:alert(1))": "<p>[click](javascript:alert(1))</p>",
    "[docs](https://example.com/a)": (
        '<p><a href="https://example.com/a" target="_blank" rel="noopener noreferrer">docs</a></p>'
    ),
    'https://example.com/"onmouseover="x': (
        '<p><a href="https://example.com/&quot;onmouseover=&quot;x" target="_blank" rel="noopener noreferrer">'
        'https://example.com/"onmouseover="x</a></p>'
    ),
    "see https://example.com/a.": (
        '<p>see <a href="https://example.com/a" target="_blank" rel="noopener noreferrer">https://example.com/a</a>.</p>'
    ),
    "<@1> <@&2> <#3>": (
        '<p><span class="mention">@unknown</span> <span class="mention">@unknown role</span>'
        ' <span class="mention">#unknown</span></p>'
    ),
    "<t:0:D>": (
        '<p><time class="stamp" datetime="1970-01-01T00:00:00.000Z"'
        ' title="Thursday, January 1, 1970 at 12:00 AM">January 1, 1970</time></p>'
    ),
    "<t:99999999999999999:R>": "<p>&lt;t:100000000000000000&gt;</p>",
    "unclosed **bold": "<p>unclosed **bold</p>",
    "": "",
}


async def test_every_form_of_the_chats_markdown_means_what_it_means_there(seat: Seat, house: Page) -> None:
    made: list[str] = await seat.page.evaluate(RENDER, {"texts": list(MEANT), "base": house.address})

    assert {text: html.replace("\u202f", " ") for text, html in zip(MEANT, made, strict=True)} == MEANT


async def test_no_text_of_a_message_can_make_the_page_stand_still(seat: Seat, house: Page) -> None:
    texts = [
        (sign * 2000)[:2000]
        for sign in ("*", "**a", "|", "||a", "_", "~~", "`", "[", "[a](", "<", "\\", ">", "<t:", "h", "https://")
    ]

    made: list[str] = await seat.page.evaluate(RENDER, {"texts": texts, "base": house.address})

    assert len(made) == len(texts)
