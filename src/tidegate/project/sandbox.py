"""Jinja2 in a sandbox: one component's templates, undefined is an error, nothing of chance, time or place."""

from __future__ import annotations

import difflib
import posixpath
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from types import TracebackType
from typing import Any

import jinja2
import yaml
from jinja2.sandbox import ImmutableSandboxedEnvironment

from tidegate.project.marked import END, START, Mark, Misused, Printer, caught, guarded, taking_marks
from tidegate.project.selectors import parse_selector
from tidegate.secrets import FILTERS

_PLACEHOLDER = re.compile(f"{START}(\\d+){END}")
FAULTS = (
    jinja2.TemplateError,
    yaml.YAMLError,
    ArithmeticError,
    AttributeError,
    LookupError,
    RuntimeError,
    TypeError,
    ValueError,
)
"""What goes wrong in a template, beside what is `Misused`."""

_BY_CHANCE = "random"
_SHOWN = 10


class Workshop:
    """One component's templates over one fleet. Each is compiled once.

    `component`: name, type, version, its folder and `texts` by path. `fleet`: the devices as templates see them, by
    name; `files`: where each is written. `secrets`: the names there are.
    """

    def __init__(
        self,
        component: Mapping[str, Any],
        fleet: Mapping[str, Mapping[str, Any]],
        files: Mapping[str, str],
        secrets: Sequence[str],
    ) -> None:
        self._fleet, self._files, self._texts = fleet, files, component["texts"]
        self._printer = Printer()
        self._templates: dict[str, jinja2.Template] = {}
        self._taken: dict[str, list[Mapping[str, Any]]] = {}
        self._environment = Sandbox(_Folder(component["folder"], self._texts), finalize=self._printer.print)
        self._environment.globals = {
            **{name: self._environment.globals[name] for name in ("range", "dict", "cycler", "joiner", "namespace")},
            "component": {key: component[key] for key in ("name", "type", "version")},
            "devices": self._devices,
            "secret": lambda name: Mark.of(name, secrets),
        }

    def render(self, path: str, device: str, variables: Mapping[str, Any], most: int) -> list[Any]:
        """A text in parts: `str`, or a mark as `{"secret", "filter"}`. Misused says what is wrong with the template."""
        self._printer.marks.clear()
        try:
            pieces = self._template(path).generate(vars=variables, device=self._fleet[device])
            return self._parts("".join(_bounded(pieces, most)), path)
        except Misused as error:
            raise self._placed(error, error, path) from error
        except FAULTS as error:
            raise self._placed(Misused("template-error", words(error)), error, path) from error

    def _template(self, path: str) -> jinja2.Template:
        if path not in self._templates:
            code = self._environment.compile(_unmarked(self._texts[path], path), path, path)
            self._templates[path] = jinja2.Template.from_code(self._environment, code, self._environment.globals)
        return self._templates[path]

    def _parts(self, text: str, path: str) -> list[Any]:
        if START not in text:
            return [text] if text else []
        parts: list[Any] = []
        for index, part in enumerate(_PLACEHOLDER.split(text)):
            if index % 2:
                parts.append(self._printer.marks[int(part)].as_json())
            elif START in part or END in part:
                raise Misused("secret-misused", "a secret was cut or changed", path, 1)
            elif part:
                parts.append(part)
        return parts

    def _devices(self, selector: str) -> list[Mapping[str, Any]]:
        if selector not in self._taken:
            self._taken[selector] = self._take(selector)
        return self._taken[selector]

    def _take(self, selector: str) -> list[Mapping[str, Any]]:
        try:
            wanted = parse_selector(selector)
        except ValueError as error:
            raise Misused("bad-selector", str(error)) from error
        taken = [device for name, device in sorted(self._fleet.items()) if wanted.matches(self._labels(name))]
        if not taken:
            raise Misused("selector-empty", f"`{selector}` takes no device")
        return taken

    def _labels(self, name: str) -> Mapping[str, str]:
        device = self._fleet[name]
        return {**device["labels"], "name": name, "driver": device["driver"], "file": self._files[name]}

    def _placed(self, misused: Misused, error: BaseException, path: str) -> Misused:
        if misused.line:
            return misused
        if isinstance(error, jinja2.TemplateSyntaxError):
            return Misused(misused.rule, misused.message, error.filename or path, error.lineno)
        file, line = path, 1
        at: TracebackType | None = error.__traceback__
        while at is not None:
            if at.tb_frame.f_code.co_filename in self._texts:
                file, line = at.tb_frame.f_code.co_filename, at.tb_lineno
            at = at.tb_next
        return Misused(misused.rule, misused.message, file, line)


class _Undefined(jinja2.StrictUndefined):
    """Undefined is an error, and says what is near."""

    __slots__ = ()

    @property
    def _undefined_message(self) -> str:
        if self._undefined_hint:
            return self._undefined_hint
        if isinstance(self._undefined_obj, dict):
            return _lacks(str(self._undefined_name), [str(key) for key in self._undefined_obj])
        return super()._undefined_message.replace("'", "`")


def _lacks(name: str, known: list[str]) -> str:
    near = difflib.get_close_matches(name, known, n=1)
    meant = f"; did you mean `{near[0]}`?" if near else ""
    there = f"; there is: {' '.join(known[:_SHOWN])}" if known and not near else ""
    return f"there is no `{name}` here{meant}{there}"


class Sandbox(ImmutableSandboxedEnvironment):
    """Jinja2 for templates of users: no chance, no undefined, secrets only printed."""

    concat = staticmethod(caught)

    def __init__(self, loader: jinja2.BaseLoader | None = None, *, finalize: Callable[[Any], Any]) -> None:
        super().__init__(
            loader=loader, undefined=_Undefined, finalize=finalize, keep_trailing_newline=True, autoescape=False
        )
        filters: dict[str, Any] = dict(self.filters)
        del filters[_BY_CHANCE]
        self.filters = {**guarded(filters), **taking_marks(FILTERS)}
        self.tests = guarded(dict(self.tests))

    def getattr(self, obj: Any, attribute: str) -> Any:
        """As Jinja2, but a variable called `items` is the variable."""
        if isinstance(obj, Mark):
            raise Misused("secret-misused", "a secret has no parts")
        if isinstance(obj, dict) and attribute in obj:
            return obj[attribute]
        return super().getattr(obj, attribute)

    def getitem(self, obj: Any, argument: Any) -> Any:
        if isinstance(obj, Mark):
            raise Misused("secret-misused", "a secret has no parts")
        return super().getitem(obj, argument)


class _Folder(jinja2.BaseLoader):
    """Includes: from the component's folder, and nowhere else."""

    def __init__(self, folder: str, texts: Mapping[str, str]) -> None:
        self._folder, self._texts = folder, texts

    def get_source(self, environment: jinja2.Environment, template: str) -> tuple[str, str, Callable[[], bool]]:
        path = posixpath.normpath(posixpath.join(self._folder, template))
        if path not in self._texts or not path.startswith(f"{self._folder}/"):
            raise jinja2.TemplateNotFound(template, f"there is no file `{template}` in the component's folder")
        return _unmarked(self._texts[path], path), path, lambda: True


def _unmarked(text: str, path: str) -> str:
    """A source in which nobody has forged the place of a secret."""
    if START in text or END in text:
        raise Misused("template-error", "it has characters of Unicode's private use", path, 1)
    return text


def _bounded(pieces: Iterable[str], most: int) -> Iterator[str]:
    length = 0
    for piece in pieces:
        length += len(piece)
        if length > most:
            raise Misused("template-runs-away", f"it writes more than {most >> 20} MiB")
        yield piece


def words(error: Exception) -> str:
    """What an error of a template says, in one line."""
    if isinstance(error, RecursionError):
        return "it calls itself without end"
    return " ".join((getattr(error, "message", None) or str(error) or type(error).__name__).split())
