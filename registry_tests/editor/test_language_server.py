"""The language server, through a client that speaks the protocol over standard input and output."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Awaitable, Iterator
from pathlib import Path
from typing import TypeVar
from urllib.parse import unquote, urlsplit

import pytest
from lsprotocol import types
from pygls.lsp.client import LanguageClient

T = TypeVar("T")
ROOT = Path(__file__).parents[2]
CONFIG = """// Ünïcode 🦊 before everything.
local encoder = { type: 'tiny', dim: 16 };
{
  data: { type: 'demo' },
  encoder: encoder,
  aggregator: { type: 'hierarchical_cnn', kernel_size: 3 },
  training: { epochs: 1 },
}
"""
STUDY = """{
  base: { data: { type: 'demo' }, encoder: { type: 'tiny' } },
  arms: {
    cnn: { aggregator: { type: 'hierarchical_cnn', kernel_size: 3 } },
    pool: { aggregator: { type: 'max_pool' } },
  },
}
"""
PLACE = "¶"
"Where the cursor is."


class Editor:
    """A client with a running server and its own workspace."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.loop = asyncio.new_event_loop()
        self.client = LanguageClient("test", "1")
        self.published: asyncio.Queue[types.PublishDiagnosticsParams] = asyncio.Queue()

        @self.client.feature(types.TEXT_DOCUMENT_PUBLISH_DIAGNOSTICS)
        def keep(params: types.PublishDiagnosticsParams) -> None:
            self.published.put_nowait(params)

        self.count = 0
        self.run(self._start())

    def run(self, work: Awaitable[T]) -> T:
        return self.loop.run_until_complete(asyncio.wait_for(work, 30))

    async def _start(self) -> None:
        environment = {**os.environ, "PYTHONPATH": str(ROOT)}
        program = ["-m", "spanreg", "lsp", "--include-package", "own_fusion"]
        await self.client.start_io(sys.executable, *program, cwd=self.folder, env=environment)
        capabilities = types.ClientCapabilities()
        root = self.folder.as_uri()
        await self.client.initialize_async(types.InitializeParams(capabilities, root_uri=root, process_id=os.getpid()))
        self.client.initialized(types.InitializedParams())

    def open(self, text: str, name: str = "") -> str:
        """Open a text that is not on the disk, and return its address."""
        self.count += 1
        uri = (self.folder / (name or f"config{self.count}.jsonnet")).as_uri()
        item = types.TextDocumentItem(uri, "jsonnet", 1, text.replace(PLACE, ""))
        self.client.text_document_did_open(types.DidOpenTextDocumentParams(item))
        return uri

    def diagnostics(self, uri: str) -> list[types.Diagnostic]:
        while True:
            published = self.run(self.published.get())
            if published.uri == uri:
                return list(published.diagnostics)

    def place(self, text: str) -> types.Position:
        before = text.partition(PLACE)[0]
        line = before.rpartition("\n")[2]
        return types.Position(before.count("\n"), len(line.encode("utf-16-le")) // 2)

    def completions(self, text: str) -> dict[str, types.CompletionItem]:
        identifier = types.TextDocumentIdentifier(self.open(text))
        params = types.CompletionParams(identifier, self.place(text))
        found = self.run(self.client.text_document_completion_async(params))
        assert isinstance(found, types.CompletionList)
        return {item.label: item for item in found.items}

    def hover(self, text: str) -> str | None:
        params = types.HoverParams(types.TextDocumentIdentifier(self.open(text)), self.place(text))
        found = self.run(self.client.text_document_hover_async(params))
        if found is None:
            return None
        assert isinstance(found.contents, types.MarkupContent)
        return found.contents.value

    def definition(self, text: str) -> types.Location | None:
        params = types.DefinitionParams(types.TextDocumentIdentifier(self.open(text)), self.place(text))
        found = self.run(self.client.text_document_definition_async(params))
        assert found is None or isinstance(found, types.Location)
        return found

    def close(self) -> None:
        self.run(self.client.shutdown_async(None))
        self.client.exit(None)
        self.run(self.client.stop())
        self.loop.close()


@pytest.fixture(scope="module")
def editor(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Editor]:
    folder = tmp_path_factory.mktemp("workspace")
    (folder / "own_fusion.py").write_text(
        "from spanreg.fusions.base import Fusion\n\n\n@Fusion.register('own')\nclass OwnFusion(Fusion):\n"
        '    """A fusion of this workspace."""\n\n    def __init__(self, strength: float = 0.5) -> None: ...\n'
    )
    (folder / "parts.libsonnet").write_text("{ data: { type: 'demo' }, encoder: { type: 'tiny' } }")
    started = Editor(folder)
    yield started
    started.close()


def with_place(text: str, before: str) -> str:
    assert before in text
    return text.replace(before, before + PLACE, 1)


def test_keys_of_the_selected_component(editor: Editor) -> None:
    text = CONFIG.replace("kernel_size: 3", f"dep{PLACE}")
    found = editor.completions(text)
    assert {"depth", "channels", "kernel_size"} <= set(found)
    assert "type" not in found
    depth = found["depth"]
    assert depth.detail == "default: 1"
    assert isinstance(depth.documentation, types.MarkupContent)
    assert "number of convolutions in a level" in depth.documentation.value
    assert isinstance(depth.text_edit, types.TextEdit)
    assert depth.text_edit.new_text == "depth: "
    assert depth.text_edit.range.end.character - depth.text_edit.range.start.character == 3


def test_keys_of_a_config_that_is_just_begun(editor: Editor) -> None:
    assert list(editor.completions("{ " + PLACE))[:3] == ["data", "encoder", "dictionary"]


def test_names_of_components(editor: Editor) -> None:
    quoted = editor.completions(CONFIG.replace("'hierarchical_cnn'", f"'{PLACE}'"))
    assert {"hierarchical_cnn", "max_pool"} <= set(quoted)
    edit = quoted["max_pool"].text_edit
    assert isinstance(edit, types.TextEdit)
    assert edit.new_text == "max_pool"
    bare = editor.completions(CONFIG.replace("epochs: 1", f"group_by_length: {PLACE}"))
    assert [item.text_edit.new_text for item in bare.values() if isinstance(item.text_edit, types.TextEdit)] == [
        "true",
        "false",
    ]


def test_an_included_component_is_known(editor: Editor) -> None:
    assert "own" in editor.completions("{ fusion: { type: '" + PLACE + "' } }")
    assert "strength" in editor.completions("{ fusion: { type: 'own', " + PLACE + " } }")


def test_arms_of_a_study_complete_as_their_base(editor: Editor) -> None:
    assert {"depth", "channels"} <= set(editor.completions(STUDY.replace("kernel_size: 3", PLACE)))
    assert "depth" not in editor.completions(STUDY.replace("'max_pool' }", f"'max_pool', {PLACE} }}"))
    assert "seeds" in editor.completions(STUDY.replace("arms:", f"{PLACE}\n  arms:"))


def test_hover_over_keys_and_components(editor: Editor) -> None:
    key = editor.hover(with_place(CONFIG, "kernel_s"))
    assert key is not None
    assert key.startswith("**kernel_size** (default: 3)\n\nwidth k of the convolutions")
    component = editor.hover(with_place(CONFIG, "'hierarch"))
    assert component is not None
    assert component.startswith("**hierarchical_cnn**, a component of `aggregator` (HierarchicalCnn)")
    assert "```jsonnet\naggregator: { type: 'hierarchical_cnn'" in component
    assert editor.hover(with_place(CONFIG, "local enc")) is None


def test_definition_of_a_component(editor: Editor) -> None:
    found = editor.definition(with_place(CONFIG, "'hierarch"))
    assert found is not None
    file = Path(unquote(urlsplit(found.uri).path))
    assert file == ROOT / "spanreg" / "aggregators" / "hierarchical_cnn.py"
    assert file.read_text().splitlines()[found.range.start.line].startswith("class HierarchicalCnn")
    own = editor.definition("{ fusion: { type: 'ow" + PLACE + "n' } }")
    assert own is not None
    assert own.uri == (editor.folder / "own_fusion.py").as_uri()
    assert editor.definition(with_place(CONFIG, "epochs: 1")) is None


def test_diagnostics_of_unsaved_texts(editor: Editor) -> None:
    uri = editor.open(CONFIG)
    assert editor.diagnostics(uri) == []
    wrong = CONFIG.replace("kernel_size: 3", "kernel_sice: 3").replace("epochs: 1", "epochs: true")
    change = types.TextDocumentContentChangeWholeDocument(wrong)
    identifier = types.VersionedTextDocumentIdentifier(2, uri)
    editor.client.text_document_did_change(types.DidChangeTextDocumentParams(identifier, [change]))
    first, second = editor.diagnostics(uri)
    assert first.message.startswith("is not an argument of HierarchicalCnn. did you mean 'kernel_size'?")
    line = CONFIG.splitlines()[5]
    start = types.Position(5, line.index("kernel_size"))
    assert first.range == types.Range(start, types.Position(5, start.character + len("kernel_sice")))
    assert (second.message, second.range.start.line) == ("is true, a boolean. give a number", 6)
    assert first.source == "spanreg"
    editor.client.text_document_did_close(types.DidCloseTextDocumentParams(types.TextDocumentIdentifier(uri)))
    assert editor.diagnostics(uri) == []


@pytest.mark.parametrize(
    ("text", "said", "line"),
    [
        ("{ data: ", "not valid Jsonnet: unexpected end of file", 0),
        ("{\n  data: error 'mine' }", "evaluation fails: mine", 1),
        ("import 'absent.jsonnet'", "cannot import 'absent.jsonnet': there is no such file", 0),
        ("import '/etc/hostname'", "cannot import '/etc/hostname': it is outside of the folders", 0),
        ("{ data: { type: 'demo' } }", "encoder: is required and missing", 0),
        (
            "{ data: 'demo', encoder: { type: 'their.Encoder' } }",
            "'their.Encoder' is in a package that is not included",
            0,
        ),
        ("local f(n) = f(n + 1); { a: f(1) }", "evaluation recurses too deeply", 0),
        (STUDY.replace("kernel_size", "kernel_sice"), "is not an argument of HierarchicalCnn", 3),
    ],
)
def test_mistakes(editor: Editor, text: str, said: str, line: int) -> None:
    [problem, *_] = editor.diagnostics(editor.open(text))
    assert said in problem.message
    assert problem.range.start.line == line


@pytest.mark.parametrize("text", ["", "// Nothing yet.", "(import 'parts.libsonnet') + { seed: 3 }", STUDY])
def test_texts_without_a_mistake(editor: Editor, text: str) -> None:
    assert editor.diagnostics(editor.open(text)) == []


def test_a_library_is_not_checked_as_a_whole_config(editor: Editor) -> None:
    assert editor.diagnostics(editor.open("{ seed: 1 }", "more.libsonnet")) == []
