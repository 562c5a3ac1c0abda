"""A language server for Jsonnet configs and studies, which communicates over stdin and stdout."""

from __future__ import annotations

import asyncio
import os
import re
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Final

from lsprotocol import types
from pygls import uris
from pygls.lsp.server import LanguageServer

from spanreg import __version__
from spanreg.editor.config_view import ConfigView, file_of
from spanreg.editor.diagnostics import check_text
from spanreg.editor.outline import KeySite
from spanreg.editor.schema_walk import CompletionChoice
from spanreg.registry.config.evaluation import ExternalVariables

DELAY: Final = 0.25
"Seconds without a change after which a text is checked: checking every letter would always report half a word."

_LINE_END: Final = re.compile(r"\r\n|\r|\n")
"Ends of lines of the protocol; ``splitlines()`` knows more, such as U+2028."
_LINE: Final = re.compile(rf"[^\r\n]*(?:{_LINE_END.pattern})|[^\r\n]+")


class ConfigServer(LanguageServer):
    """Completes, explains and checks configs as they are typed.

    ``ConfigServer().start_io()``

    Parameters:
        included: packages that the user includes.
        externals: external variables and folders for imports.
    """

    def __init__(self, included: tuple[str, ...] = (), externals: ExternalVariables | None = None) -> None:
        # Whole texts: pygls would apply the change of a part to the lines of ``splitlines()``, unlike editors.
        super().__init__("spanreg", __version__, text_document_sync_kind=types.TextDocumentSyncKind.Full)
        self.included = included
        self.externals = externals or ExternalVariables()
        self.waiting: dict[str, asyncio.Task[None]] = {}
        "The check that will follow the last change of each text."
        # One thread, so that checks follow one another: a check goes on in its thread when its task is cancelled.
        self._checks = ThreadPoolExecutor(1, "check")

    def view(self, uri: str) -> ConfigView:
        """Return the current text of a document."""
        return ConfigView(self.workspace.get_text_document(uri).source, self.included)

    def offset(self, uri: str, position: types.Position) -> int:
        """Return the number of characters before a position."""
        document = self.workspace.get_text_document(uri)
        # Not ``offset_at_position``, for the same reason.
        lines = _LINE.findall(document.source)
        found = document.position_codec.position_from_client_units(lines, position)
        return sum(map(len, lines[: found.line])) + found.character

    def check_soon(self, uri: str) -> None:
        """Check a document unless it changes again at once."""
        if (before := self.waiting.pop(uri, None)) is not None:
            before.cancel()
        self.waiting[uri] = asyncio.get_running_loop().create_task(self._check(uri))

    async def _check(self, uri: str) -> None:
        await asyncio.sleep(DELAY)
        document = self.workspace.get_text_document(uri)
        # Both are read before the check, during which the text may change.
        version, view = document.version, self.view(uri)
        # A text that was never saved has no file, so its imports are relative to the working directory.
        file = uris.to_fs_path(uri) or str(Path.cwd() / "untitled.jsonnet")
        # In a thread, so that completion answers while a check runs.
        loop = asyncio.get_running_loop()
        found = await loop.run_in_executor(self._checks, check_text, file, view, self.externals)
        diagnostics = [
            types.Diagnostic(
                range=text_range(view.text, one.site),
                message=one.message,
                severity=types.DiagnosticSeverity.Warning if one.is_warning else types.DiagnosticSeverity.Error,
                source="spanreg",
            )
            for one in found
        ]
        self.text_document_publish_diagnostics(types.PublishDiagnosticsParams(uri, diagnostics, version))


def make_server(included: tuple[str, ...] = (), externals: ExternalVariables | None = None) -> ConfigServer:
    """Return a server with all its features."""
    server = ConfigServer(included, externals)
    # Quotation marks and brackets open the places where something can be proposed.
    triggers = types.CompletionOptions(trigger_characters=["'", '"', "{", ":", ",", " "])
    features: dict[str, Any] = {
        types.INITIALIZED: _start,
        types.TEXT_DOCUMENT_DID_OPEN: _changed,
        types.TEXT_DOCUMENT_DID_CHANGE: _changed,
        types.TEXT_DOCUMENT_DID_SAVE: _changed,
        types.TEXT_DOCUMENT_DID_CLOSE: _closed,
        types.TEXT_DOCUMENT_HOVER: _hover,
        types.TEXT_DOCUMENT_DEFINITION: _definition,
    }
    for name, feature in features.items():
        server.feature(name)(feature)
    server.feature(types.TEXT_DOCUMENT_COMPLETION, triggers)(_complete)
    return server


def _start(server: ConfigServer, params: types.InitializedParams) -> None:
    """Work in the folder of the workspace, where relative paths of its configs start."""
    root = server.workspace.root_path
    if root and os.path.isdir(root):
        os.chdir(root)


async def _changed(server: ConfigServer, params: Any) -> None:
    server.check_soon(params.text_document.uri)


async def _closed(server: ConfigServer, params: types.DidCloseTextDocumentParams) -> None:
    if (before := server.waiting.pop(params.text_document.uri, None)) is not None:
        before.cancel()
    # Editors keep the diagnostics of a file until the server replaces them.
    server.text_document_publish_diagnostics(types.PublishDiagnosticsParams(params.text_document.uri, []))


def _complete(server: ConfigServer, params: types.CompletionParams) -> types.CompletionList:
    uri = params.text_document.uri
    view, position = server.view(uri), server.offset(uri, params.position)
    context = view.outline.at(position)
    place = text_range(view.text, KeySite(context.start, position))
    items = [
        types.CompletionItem(
            label=choice.name,
            kind=types.CompletionItemKind.Property if context.at == "key" else types.CompletionItemKind.Value,
            detail=_detail(choice),
            documentation=types.MarkupContent(types.MarkupKind.Markdown, choice.about) if choice.about else None,
            # Editors sort by this text; the order of the signature is more useful than that of the alphabet.
            sort_text=f"{number:04}",
            text_edit=types.TextEdit(place, _inserted(choice, context.at == "key", bool(context.quote))),
        )
        for number, choice in enumerate(view.choices(context))
    ]
    return types.CompletionList(is_incomplete=False, items=items)


def _inserted(choice: CompletionChoice, is_key: bool, is_quoted: bool) -> str:
    """Return the text that a choice inserts: a key with its colon, or a string with the quotation marks it lacks."""
    if is_key:
        return choice.name if is_quoted else f"{choice.name}: "
    return f"'{choice.name}'" if choice.is_text and not is_quoted else choice.name


def _detail(choice: CompletionChoice) -> str | None:
    if choice.required:
        return "required"
    return f"default: {spell_default(choice.default)}" if choice.has_default else None


def spell_default(value: Any) -> str:
    """Return a default as Jsonnet."""
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    # Strings and numbers are spelt in Jsonnet as in Python.
    return repr(value)


def _hover(server: ConfigServer, params: types.HoverParams) -> types.Hover | None:
    uri = params.text_document.uri
    view, position = server.view(uri), server.offset(uri, params.position)
    if (named := view.component_at(position)) is not None:
        card = named.card
        text = card.words.text.replace("``", "`")
        about = f"**{card.name}**, a component of `{card.family}` ({card.cls})\n\n{text}"
        return _shown(f"{about}\n\n```jsonnet\n{card.jsonnet}\n```", view.text, named.site)
    if (found := view.key_at(position)) is not None:
        choice, site = found
        detail = _detail(choice)
        head = f"**{choice.name}**" + (f" ({detail})" if detail else "")
        return _shown("\n\n".join(filter(None, (head, choice.about))), view.text, site)
    return None


def _shown(markdown: str, text: str, site: KeySite) -> types.Hover:
    return types.Hover(types.MarkupContent(types.MarkupKind.Markdown, markdown), text_range(text, site))


def _definition(server: ConfigServer, params: types.DefinitionParams) -> types.Location | None:
    uri = params.text_document.uri
    named = server.view(uri).component_at(server.offset(uri, params.position))
    found = file_of(named.card) if named is not None else None
    if found is None:
        return None
    file, line = found
    start = types.Position(max(0, line - 1), 0)
    return types.Location(file.absolute().as_uri(), types.Range(start, start))


def text_range(text: str, site: KeySite) -> types.Range:
    """Return a part of a text in lines and UTF-16 units, as the protocol counts by default."""
    return types.Range(_position(text, site.start), _position(text, site.end))


def _position(text: str, offset: int) -> types.Position:
    ends = [found.end() for found in _LINE_END.finditer(text, 0, offset)]
    units = len(text[ends[-1] if ends else 0 : offset].encode("utf-16-le", "surrogatepass")) // 2
    return types.Position(len(ends), units)
