"""The language server, tested by a client of the protocol over standard input and output."""

from __future__ import annotations

import asyncio
import os
import sys
import threading
import time
from collections.abc import Awaitable, Iterator
from pathlib import Path
from typing import TypeVar
from urllib.parse import unquote, urlsplit

import pytest
from lsprotocol import types
from pygls.lsp.client import LanguageClient
from pygls.workspace import Workspace

from spanreg.editor import language_server
from spanreg.editor.diagnostics import TextProblem
from spanreg.editor.language_server import ConfigServer

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
CURSOR = "¶"
"Marks the position of the cursor in a text."


class EditorClient:
    """Client with a running server.

    Parameters:
        folder: the workspace.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.loop = asyncio.new_event_loop()
        self.client = LanguageClient("test", "1")
        self._published: asyncio.Queue[types.PublishDiagnosticsParams] = asyncio.Queue()

        @self.client.feature(types.TEXT_DOCUMENT_PUBLISH_DIAGNOSTICS)
        def keep(params: types.PublishDiagnosticsParams) -> None:
            self._published.put_nowait(params)

        self._opened = 0
        self.run(self._start())

    def run(self, work: Awaitable[T]) -> T:
        """Return the result of an awaitable; fail after half a minute."""
        return self.loop.run_until_complete(asyncio.wait_for(work, 30))

    async def _start(self) -> None:
        environment = {**os.environ, "PYTHONPATH": str(ROOT)}
        program = ["-m", "spanreg", "lsp", "--include-package", "own_fusion"]
        await self.client.start_io(sys.executable, *program, cwd=self.folder, env=environment)
        capabilities = types.ClientCapabilities()
        root = self.folder.as_uri()
        params = types.InitializeParams(capabilities, root_uri=root, process_id=os.getpid())
        self.capabilities = (await self.client.initialize_async(params)).capabilities
        self.client.initialized(types.InitializedParams())

    def open(self, text: str, name: str = "") -> str:
        """Open a text that is not on the disk, and return its URI."""
        self._opened += 1
        uri = (self.folder / (name or f"config{self._opened}.jsonnet")).as_uri()
        item = types.TextDocumentItem(uri, "jsonnet", 1, text.replace(CURSOR, ""))
        self.client.text_document_did_open(types.DidOpenTextDocumentParams(item))
        return uri

    def diagnostics(self, uri: str) -> list[types.Diagnostic]:
        """Wait for the next diagnostics of a text, and return them."""
        while True:
            published = self.run(self._published.get())
            if published.uri == uri:
                return list(published.diagnostics)

    def position(self, text: str) -> types.Position:
        """Return the line and column of the cursor."""
        before = text.partition(CURSOR)[0]
        line = before.rpartition("\n")[2]
        # The protocol counts columns in UTF-16 code units.
        return types.Position(before.count("\n"), len(line.encode("utf-16-le")) // 2)

    def completions(self, text: str) -> dict[str, types.CompletionItem]:
        """Return the completions at the cursor by label."""
        identifier = types.TextDocumentIdentifier(self.open(text))
        params = types.CompletionParams(identifier, self.position(text))
        found = self.run(self.client.text_document_completion_async(params))
        assert isinstance(found, types.CompletionList)
        return {item.label: item for item in found.items}

    def hover(self, text: str) -> str | None:
        """Return the Markdown text shown at the cursor; None if there is none."""
        params = types.HoverParams(types.TextDocumentIdentifier(self.open(text)), self.position(text))
        found = self.run(self.client.text_document_hover_async(params))
        if found is None:
            return None
        assert isinstance(found.contents, types.MarkupContent)
        return found.contents.value

    def definition(self, text: str) -> types.Location | None:
        """Return the source location of the component at the cursor; None if there is none."""
        params = types.DefinitionParams(types.TextDocumentIdentifier(self.open(text)), self.position(text))
        found = self.run(self.client.text_document_definition_async(params))
        assert found is None or isinstance(found, types.Location)
        return found

    def close(self) -> None:
        """Stop the server."""
        self.run(self.client.shutdown_async(None))
        self.client.exit(None)
        self.run(self.client.stop())
        self.loop.close()


@pytest.fixture(scope="module")
def editor(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EditorClient]:
    """Yield a client whose workspace has a component, ``own``, and a library, ``parts.libsonnet``."""
    folder = tmp_path_factory.mktemp("workspace")
    (folder / "own_fusion.py").write_text(
        "from spanreg.fusions.base import Fusion\n\n\n@Fusion.register('own')\nclass OwnFusion(Fusion):\n"
        '    """A fusion of this workspace."""\n\n    def __init__(self, strength: float = 0.5) -> None: ...\n'
    )
    (folder / "parts.libsonnet").write_text("{ data: { type: 'demo' }, encoder: { type: 'tiny' } }")
    client = EditorClient(folder)
    yield client
    client.close()


def with_cursor(text: str, before: str) -> str:
    """Return a text with the cursor after a passage."""
    assert before in text
    return text.replace(before, before + CURSOR, 1)


def test_completions_are_keys_of_the_selected_component(editor: EditorClient) -> None:
    text = CONFIG.replace("kernel_size: 3", f"dep{CURSOR}")
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


def test_completions_of_a_new_config(editor: EditorClient) -> None:
    assert list(editor.completions("{ " + CURSOR))[:3] == ["data", "encoder", "dictionary"]


def test_completions_are_names_of_components(editor: EditorClient) -> None:
    quoted = editor.completions(CONFIG.replace("'hierarchical_cnn'", f"'{CURSOR}'"))
    assert {"hierarchical_cnn", "max_pool"} <= set(quoted)
    edit = quoted["max_pool"].text_edit
    assert isinstance(edit, types.TextEdit)
    assert edit.new_text == "max_pool"
    bare = editor.completions(CONFIG.replace("epochs: 1", f"group_by_length: {CURSOR}"))
    assert [item.text_edit.new_text for item in bare.values() if isinstance(item.text_edit, types.TextEdit)] == [
        "true",
        "false",
    ]


def test_completions_of_an_included_component(editor: EditorClient) -> None:
    assert "own" in editor.completions("{ fusion: { type: '" + CURSOR + "' } }")
    assert "strength" in editor.completions("{ fusion: { type: 'own', " + CURSOR + " } }")


def test_completions_in_a_study_depend_on_the_base_of_the_arms(editor: EditorClient) -> None:
    assert {"depth", "channels"} <= set(editor.completions(STUDY.replace("kernel_size: 3", CURSOR)))
    assert "depth" not in editor.completions(STUDY.replace("'max_pool' }", f"'max_pool', {CURSOR} }}"))
    assert "seeds" in editor.completions(STUDY.replace("arms:", f"{CURSOR}\n  arms:"))


def test_an_arm_with_options_has_the_keys_of_a_config_in_its_patch(editor: EditorClient) -> None:
    study = STUDY.replace("cnn: {", "cnn: { seeds: [1], patch: {").replace("3 } },", "3 } } },")
    assert {"depth", "channels"} <= set(editor.completions(study.replace("kernel_size: 3", CURSOR)))
    assert "max_pool" in editor.completions(study.replace("'hierarchical_cnn'", f"'{CURSOR}'"))
    assert editor.completions(study.replace("seeds: [1], ", CURSOR)) == {}
    key = editor.hover(with_cursor(study, "kernel_s"))
    assert key is not None
    assert key.startswith("**kernel_size** (default: 3)")
    component = editor.hover(with_cursor(study, "'hierarch"))
    assert component is not None
    assert component.startswith("**hierarchical_cnn**")
    # Names that are no keys of a config.
    assert editor.hover(with_cursor(study, "patc")) is None
    assert editor.hover(with_cursor(study, "cn")) is None


@pytest.mark.parametrize("separator", ["\u2028", "\x0c", "\x85", "\x1c"])
def test_only_line_ends_of_the_protocol_begin_lines(editor: EditorClient, separator: str) -> None:
    text = f"// a{separator}b 🦊\r\n{CONFIG}"
    key = editor.hover(with_cursor(text, "kernel_s"))
    assert key is not None
    assert key.startswith("**kernel_size**")
    uri = editor.open(text)
    assert editor.diagnostics(uri) == []
    wrong = text.replace("local encoder", "locl encoder")
    [problem] = editor.diagnostics(editor.open(wrong))
    assert problem.range.start.line == 2


def test_a_text_is_sent_whole_after_a_change(editor: EditorClient) -> None:
    assert editor.capabilities.text_document_sync is not None
    sync = editor.capabilities.text_document_sync
    assert isinstance(sync, types.TextDocumentSyncOptions)
    assert sync.change == types.TextDocumentSyncKind.Full


def test_a_check_begins_after_the_one_that_its_change_made_obsolete(monkeypatch: pytest.MonkeyPatch) -> None:
    running, most, begun = 0, 0, threading.Event()

    def check(*arguments: object) -> list[TextProblem]:
        nonlocal running, most
        running += 1
        most = max(most, running)
        begun.set()
        time.sleep(0.1)
        running -= 1
        return []

    class DetachedServer(ConfigServer):
        """Server without a client."""

        workspace = Workspace(None)
        published = 0

        def text_document_publish_diagnostics(self, params: types.PublishDiagnosticsParams) -> None:
            self.published += 1

    async def change_during_a_check() -> int:
        server, uri = DetachedServer(), "file:///config.jsonnet"
        server.workspace.put_text_document(types.TextDocumentItem(uri, "jsonnet", 1, CONFIG))
        server.check_soon(uri)
        await asyncio.to_thread(begun.wait, 30)
        server.check_soon(uri)
        await server.waiting[uri]
        return server.published

    monkeypatch.setattr(language_server, "check_text", check)
    monkeypatch.setattr(language_server, "DELAY", 0.0)
    assert asyncio.run(change_during_a_check()) == 1
    assert most == 1


def test_hover_over_keys_and_components(editor: EditorClient) -> None:
    key = editor.hover(with_cursor(CONFIG, "kernel_s"))
    assert key is not None
    assert key.startswith("**kernel_size** (default: 3)\n\nwidth k of the convolutions")
    component = editor.hover(with_cursor(CONFIG, "'hierarch"))
    assert component is not None
    assert component.startswith("**hierarchical_cnn**, a component of `aggregator` (HierarchicalCnn)")
    assert "```jsonnet\naggregator: { type: 'hierarchical_cnn'" in component
    assert editor.hover(with_cursor(CONFIG, "local enc")) is None


def test_definition_of_a_component(editor: EditorClient) -> None:
    found = editor.definition(with_cursor(CONFIG, "'hierarch"))
    assert found is not None
    file = Path(unquote(urlsplit(found.uri).path))
    assert file == ROOT / "spanreg" / "aggregators" / "hierarchical_cnn.py"
    assert file.read_text().splitlines()[found.range.start.line].startswith("class HierarchicalCnn")
    own = editor.definition("{ fusion: { type: 'ow" + CURSOR + "n' } }")
    assert own is not None
    assert own.uri == (editor.folder / "own_fusion.py").as_uri()
    assert editor.definition(with_cursor(CONFIG, "epochs: 1")) is None


def test_diagnostics_of_unsaved_texts(editor: EditorClient) -> None:
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
    ("text", "message", "line"),
    [
        ("{ data: ", "not valid Jsonnet: unexpected end of file", 0),
        ("{\n  data: error 'mine' }", "evaluation fails: mine", 1),
        ("import 'absent.jsonnet'", "cannot import 'absent.jsonnet': there is no such file", 0),
        ("import '/etc/hostname'", "cannot import '/etc/hostname': it is outside of the folders", 0),
        ("{ data: { type: 'demo' } }", "encoder: is required and missing", 0),
        ("{ data: { type: 'demo' },\n encoder: 'tiny',\n '²': 1 }", "is not an argument of Experiment", 2),
        ("{ data: { type: 'demo' },\n encoder: 'tiny',\n '3': 1 }", "is not an argument of Experiment", 2),
        (
            "{ data: 'demo', encoder: { type: 'their.Encoder' } }",
            "'their.Encoder' is in a package that is not included",
            0,
        ),
        ("{ a: 'no\u2028new line',\n  b: }", "not valid Jsonnet", 1),
        ("local f(n) = f(n + 1); { a: f(1) }", "evaluation recurses too deeply", 0),
        (STUDY.replace("kernel_size", "kernel_sice"), "is not an argument of HierarchicalCnn", 3),
    ],
)
def test_diagnostics_of_a_mistake(editor: EditorClient, text: str, message: str, line: int) -> None:
    [problem, *_] = editor.diagnostics(editor.open(text))
    assert message in problem.message
    assert problem.range.start.line == line


@pytest.mark.parametrize("text", ["", "// Nothing yet.", "(import 'parts.libsonnet') + { seed: 3 }", STUDY])
def test_valid_texts_have_no_diagnostics(editor: EditorClient, text: str) -> None:
    assert editor.diagnostics(editor.open(text)) == []


def test_a_library_is_not_checked_as_a_whole_config(editor: EditorClient) -> None:
    assert editor.diagnostics(editor.open("{ seed: 1 }", "more.libsonnet")) == []
