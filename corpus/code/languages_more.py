"""The rows of scripting and functional languages; see `corpus.code.languages`."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Final

from corpus.code import names_more as names
from corpus.code.language import Docs, Kind, Language, Marker
from corpus.code.rewrite_sql import rewrite_sql

__all__ = ["MORE"]

# What comments say that is about the file's licence or for a tool, not about what it does.
_LEGAL: Final = re.compile(r"(?i)copyright|licen[sc]ed?\b|SPDX-|all rights reserved|\(c\)\s*\d{4}")
_RULER: Final = rb"[ \t]*[-=*#~+_/]{3}[-=*#~+_/ \t]*(?:\n|\Z)"

_RUBY_CONSTANT: Final = Kind("constant", name=names.ruby_constant, body=("right",), lasting=True)

_RUBY: Final = Language(
    name="ruby",
    title="Ruby",
    distribution="tree-sitter-ruby",
    module="tree_sitter_ruby",
    endings=(".rb", ".rake", ".gemspec"),
    keywords=("def", "class", "module"),
    opaque=("method", "singleton_method", "argument_list", "array", "hash"),
    definitions={
        "method": Kind("function", name=names.ruby_method, heading=names.ruby_heading),
        "singleton_method": Kind("function", name=names.ruby_singleton_method, heading=names.ruby_heading),
        "class": Kind("type", name=names.ruby_type, heading=names.ruby_heading),
        "module": Kind("module", name=names.ruby_module),
        "assignment": _RUBY_CONSTANT,
        "operator_assignment": _RUBY_CONSTANT,
    },
    separator="::",
    joints="#.",
    wrappers={"call": re.compile(rb"(?:[a-z_]\w*[ (]+){1,4}def\b")},
    carriers=("body_statement", "then"),
    openers=(),
    comments=("comment",),
    header_end=re.compile(rb"\s*(?:\|\|)?[=;]?\s*\Z"),
    # https://ruby.github.io/rdoc: the comment directly above; `#--` ends what is shown.
    documentation=Docs(
        markers=(Marker(b"###"), Marker(b"##"), Marker(b"#"), Marker(b"=begin", b"=end")),
        plain=re.compile(
            rb"#!|#\s*(?:-\*-|rubocop:|frozen_string_literal:|typed:|(?:en)?coding:|warn_indent:|"
            rb"steep:|:nodoc:|:stopdoc:|:startdoc:|:enddoc:|sorbet|shareable_constant_value:)|#--(?:\n|\Z)|#\+\+(?:\n|\Z)"
        ),
        rulers=re.compile(rb"#" + _RULER),
        adjacent=True,
        nearest=True,
        stars=False,
        file_tag=re.compile(r"^[^\S\n]*@file\b", re.MULTILINE),
        file_other=_LEGAL,
    ),
    hollow=re.compile(rb"raise\s*\(?\s*(?:::)?NotImplementedError\b"),
    elided=b"# ...",
    trailers=("heredoc_body",),
    line_comment="#",
)

_BASH: Final = Language(
    name="bash",
    title="Bash",
    distribution="tree-sitter-bash",
    module="tree_sitter_bash",
    endings=(".sh", ".bash"),
    opaque=("command", "subshell", "heredoc_body", "array"),
    definitions={
        "function_definition": Kind("function"),
        "declaration_command": Kind("constant", name=names.bash_constant, body=(), lasting=True),
    },
    comments=("comment",),
    header_end=re.compile(rb"\s*\Z"),
    # https://google.github.io/styleguide/shellguide.html#comments, https://github.com/reconquest/shdoc
    documentation=Docs(
        markers=(Marker(b"#"),),
        plain=re.compile(rb"#!|#\s*(?:shellcheck\b|vim?:|-\*-|bashsupport|kcov-ignore)"),
        rulers=re.compile(rb"#" + _RULER),
        adjacent=True,
        file_tag=re.compile(r"^[^\S\n]*@(?:file|name)\b", re.MULTILINE),
        file_other=_LEGAL,
    ),
    hollow=re.compile(rb":\s*(?:;|\Z)|true\s*\Z"),
    elided=b"{ :; }",
    line_comment="#",
)

_LUA_VALUE: Final = Kind("constant", name=names.lua_assignment, body=names.lua_body, heading=names.lua_heading)

_LUA: Final = Language(
    name="lua",
    title="Lua",
    distribution="tree-sitter-lua",
    module="tree_sitter_lua",
    endings=(".lua",),
    keywords=("function",),
    opaque=("block", "arguments"),
    definitions={
        "function_declaration": Kind(
            "function", name=names.lua_function, body=names.lua_body, heading=names.lua_heading
        ),
        "assignment_statement": _LUA_VALUE,
        "field": replace(_LUA_VALUE, name=names.lua_field),
    },
    wrappers={"variable_declaration": None},
    openers=("hash_bang_line",),
    comments=("comment",),
    carriers=("block",),
    header_end=re.compile(rb"\s*=?\s*\Z"),
    # https://stevedonovan.github.io/ldoc/manual/doc.md.html: three dashes, or a block of two; plain ones count too.
    documentation=Docs(
        markers=(
            Marker(b"--[[--", b"]]"),
            Marker(b"--[[", b"]]"),
            Marker(b"--[=[", b"]=]"),
            Marker(b"--[==[", b"]==]"),
            *(Marker(b"--- "), Marker(b"---"), Marker(b"-- "), Marker(b"--")),
        ),
        plain=re.compile(rb"--[-\s]*(?:luacheck:|selene:|stylua:|vim?:|-\*-|@diagnostic|!strict)"),
        rulers=re.compile(rb"--" + _RULER),
        adjacent=True,
        nearest=True,
        file_tag=re.compile(r"^[^\S\n]*@(?:module|classmod|submodule|script|file)\b", re.MULTILINE),
        file_other=_LEGAL,
    ),
    hollow=re.compile(rb"error\s*\(?\s*[\"'](?:not implemented|NYI|TODO)"),
    elided=b"-- ...",
    contexts=(("", ""), ("return {\n", "\n}")),
    line_comment="--",
)

_ELIXIR: Final = Language(
    name="elixir",
    title="Elixir",
    distribution="tree-sitter-elixir",
    module="tree_sitter_elixir",
    endings=(".ex", ".exs"),
    keywords=(
        *("def", "defp", "defmacro", "defmacrop", "defmodule", "defguard", "defguardp", "defdelegate", "defprotocol"),
        *("defimpl", "defstruct", "defexception", "defn", "defnp"),
        *("@type", "@typep", "@opaque", "@callback", "@macrocallback"),
    ),
    opaque=("call", "binary_operator"),
    definitions={
        "call": Kind("function", name=names.elixir_call, body=names.elixir_body, heading=names.elixir_heading),
        "unary_operator": Kind(
            "type", name=names.elixir_attribute, body=names.elixir_body, heading=names.elixir_heading
        ),
    },
    attributes=("unary_operator",),
    documents=("unary_operator",),
    belonging={"unary_operator": re.compile(rb"@(?:doc|typedoc|spec|impl|deprecated|dialyzer|since)\b")},
    openers=("call",),
    comments=("comment",),
    clauses=True,
    header_end=re.compile(rb"\s*,?\s*\Z"),
    # https://hexdocs.pm/elixir/writing-documentation.html
    documentation=Docs(inside=re.compile(rb"do\b"), reader=names.elixir_documentation),
    hollow=re.compile(rb"raise\s*\(?\s*\"(?:not implemented|TODO)"),
    elided=b"# ...",
    line_comment="#",
)

_HASKELL_KIND: Final = Kind("function", name=names.haskell_name, body=names.haskell_body, heading=names.haskell_heading)

_HASKELL_KINDS: Final = (
    *("function", "bind", "signature", "pattern_synonym"),
    *("data_type", "newtype", "type_synonym", "class", "type_family", "data_family"),
    *("instance", "deriving_instance"),
)

_HASKELL: Final = Language(
    name="haskell",
    title="Haskell",
    distribution="tree-sitter-haskell",
    module="tree_sitter_haskell",
    endings=(".hs",),
    opaque=("local_binds", "match", "do", "let_in", "header", "data_constructors", "gadt_constructors"),
    definitions=dict.fromkeys(_HASKELL_KINDS, _HASKELL_KIND),
    wrappers={"foreign_import": None},
    openers=("pragma", "cpp"),
    comments=("comment", "haddock", "pragma"),
    carriers=("imports", "declarations", "class_declarations", "instance_declarations"),
    clauses=True,
    header_end=re.compile(rb"\s*(?:=|\bwhere|\|)?\s*\Z"),
    # https://haskell-haddock.readthedocs.io/latest/markup.html
    documentation=Docs(
        markers=(Marker(b"-- |"), Marker(b"{-|", b"-}"), Marker(b"{- |", b"-}")),
        continued=b"--",
        within=re.compile(rb"\n(?P<indent>[ \t]*)(?=-- \|)"),
        nearest=True,
        stars=False,
        trailing=re.compile(rb"[ \t]*\n-- \^(?P<text>[^\n]*(?:\n--[^\n]*)*)"),
        file_heads=("header",),
        # https://haskell-haddock.readthedocs.io/latest/markup.html#the-module-description
        file_fields=re.compile(
            r"^(?:Module|Copyright|Licen[sc]e|SPDX-License-Identifier|Author|Maintainer|Stability|Portability)"
            r"[ \t]*:[^\n]*(?:\n[ \t]+[^\n]*)*(?:\n+(?=\n)|\n|\Z)",
            re.MULTILINE,
        ),
    ),
    hollow=re.compile(rb"undefined\b|error\s+\"(?:not implemented|TODO)"),
    elided=b"",
    contexts=(("", ""), ("class C a where\n  ", "")),
    line_comment="--",
)

_OCAML_PLAIN: Final = Kind("type", name=names.ocaml_name, body=names.ocaml_body)
_OCAML_BARE: Final = Kind("function", name=names.ocaml_name, body=())

_OCAML_WRAPPERS: Final = (
    *("value_definition", "type_definition", "module_definition"),
    *("class_definition", "class_type_definition"),
)

_OCAML: Final = Language(
    name="ocaml",
    title="OCaml",
    distribution="tree-sitter-ocaml",
    module="tree_sitter_ocaml",
    entry="language_ocaml",
    endings=(".ml",),
    opaque=(
        *("let_expression", "fun_expression", "function_expression", "match_expression", "application_expression"),
        *("sequence_expression", "if_expression", "try_expression", "record_expression", "parenthesized_expression"),
    ),
    definitions={
        "let_binding": Kind("function", name=names.ocaml_value, lasting=True),
        "value_specification": _OCAML_BARE,
        "external": _OCAML_BARE,
        "method_specification": _OCAML_BARE,
        "method_definition": _OCAML_PLAIN,
        "type_binding": _OCAML_PLAIN,
        "exception_definition": replace(_OCAML_PLAIN, body=()),
        "class_binding": _OCAML_PLAIN,
        "class_type_binding": _OCAML_PLAIN,
        "module_binding": _OCAML_PLAIN,
        "module_type_definition": _OCAML_PLAIN,
    },
    wrappers=dict.fromkeys(_OCAML_WRAPPERS),
    documents=("and",),
    comments=("comment",),
    header_end=re.compile(rb"\s*[=:]?\s*\Z"),
    # https://v2.ocaml.org/manual/ocamldoc.html#ss:ocamldoc-placement
    documentation=Docs(
        markers=(Marker(b"(**", b"*)"),),
        plain=re.compile(rb"\(\*\*\*|\(\*\*\)|\(\*\*/"),
        adjacent=True,
        nearest=True,
        trailing=re.compile(rb"[ \t]*\n?[ \t]*\(\*\*(?![*)/])(?P<text>[^*]*(?:\*(?!\))[^*]*)*)\*\)"),
        file_other=_LEGAL,
    ),
    hollow=re.compile(rb"failwith\s+\"(?:not implemented|TODO)|assert\s+false"),
    elided=b"assert false",
    contexts=(
        *(("", ""), ("module type S = sig\n", "\nend")),
        *(("class c = object\n", "\nend"), ("class type c = object\n", "\nend")),
        *(("let rec f = () ", ""), ("type t = int ", ""), ("class c = object end ", "")),
    ),
    line_comment="(*",
)

_OCAML_INTERFACE: Final = replace(
    _OCAML,
    name="ocaml_interface",
    title="OCaml interface",
    entry="language_ocaml_interface",
    endings=(".mli",),
    contexts=(
        *(("", ""), ("class c : object\n", "\nend"), ("class type c = object\n", "\nend")),
        *(("type t = int ", ""), ("module rec M : S ", "")),
    ),
)

_JULIA_KIND: Final = Kind("function", name=names.julia_name, body=names.julia_body, heading=names.julia_heading)

# Looked for at each macro of a chain: how far is bounded, else a long chain would cost its square.
_JULIA_MACRO: Final = rb"(?:\w+\.)*@[\w.]+[ \t]+(?::\w+[ \t]+)?"
_JULIA_START: Final = (
    rb"(?:(?:function|macro|struct|mutable|abstract|primitive|const|module)\b"
    rb"|[\w.!]+(?:\{[^\n{}]{0,100}\})?\([^\n]{0,300}\)[^\n=]{0,100}=)"
)

_JULIA: Final = Language(
    name="julia",
    title="Julia",
    distribution="tree-sitter-julia",
    module="tree_sitter_julia",
    endings=(".jl",),
    keywords=("function", "macro", "struct", '"""'),
    opaque=("argument_list",),
    definitions={
        "function_definition": _JULIA_KIND,
        "macro_definition": _JULIA_KIND,
        "struct_definition": _JULIA_KIND,
        "abstract_definition": _JULIA_KIND,
        "primitive_definition": _JULIA_KIND,
        "module_definition": Kind("module", body=names.julia_body, heading=names.julia_heading),
        "assignment": replace(_JULIA_KIND, name=names.julia_assignment),
        "const_statement": replace(_JULIA_KIND, name=names.julia_constant, lasting=True),
    },
    wrappers={
        "macrocall_expression": re.compile(rb"(?:" + _JULIA_MACRO + rb"){1,8}" + _JULIA_START),
        "macro_argument_list": re.compile(rb"(?:" + _JULIA_MACRO + rb"){0,8}" + _JULIA_START),
    },
    documents=("string_literal", "prefixed_string_literal", "macrocall_expression"),
    belonging={"macrocall_expression": re.compile(rb"(?:(?:Base|Core)\.)?@doc\s+(?:raw|md|doc)?\"")},
    comments=("line_comment", "block_comment"),
    header_end=re.compile(rb"\s*=?\s*\Z"),
    # https://docs.julialang.org/en/v1/manual/documentation
    documentation=Docs(adjacent=True, nearest=True, reader=names.julia_documentation),
    hollow=re.compile(rb"(?:error|throw)\((?:ErrorException\()?\"(?:not implemented|unimplemented|TODO)"),
    elided=b"# ...",
    line_comment="#",
)

_ZIG: Final = Language(
    name="zig",
    title="Zig",
    distribution="tree-sitter-zig",
    module="tree_sitter_zig",
    endings=(".zig",),
    keywords=("fn", "struct", "enum", "union", "opaque", "error", "///"),
    opaque=("block", "call_expression", "test_declaration"),
    definitions={
        "function_declaration": Kind("function"),
        "variable_declaration": Kind(
            "constant", name=names.zig_variable, body=names.zig_value, heading=names.zig_heading
        ),
    },
    comments=("comment",),
    header_end=re.compile(rb"\s*[=;{]?\s*\Z"),
    # https://ziglang.org/documentation/master/#Doc-Comments
    documentation=Docs(
        markers=(Marker(b"///"), Marker(b"//!", inner=True)),
        plain=re.compile(rb"////"),
        inside=re.compile(rb"\s*//"),
    ),
    hollow=re.compile(rb"@panic\(\"(?:TODO|not implemented|unimplemented)"),
    elided=b"{}",
)

_SQL_KIND: Final = Kind("type", name=names.sql_name, body=names.sql_body, heading=names.sql_heading)

_SQL_KINDS: Final = (
    *("create_function", "create_procedure", "create_trigger"),
    *("create_table", "create_view", "create_materialized_view", "create_type"),
)

_SQL: Final = Language(
    name="sql",
    title="SQL",
    distribution="tree-sitter-sql",
    module="tree_sitter_sql",
    endings=(".sql",),
    opaque=("function_body", "column_definitions", "select", "from", "insert", "values"),
    definitions=dict.fromkeys(_SQL_KINDS, _SQL_KIND),
    wrappers={"statement": None},
    comments=("comment", "marginalia"),
    header_end=re.compile(rb"(?i)\s*(?:\bas\b)?\s*[;(]?\s*\Z"),
    documentation=Docs(
        markers=(Marker(b"--"), Marker(b"/**", b"*/"), Marker(b"/*", b"*/")),
        rulers=re.compile(rb"--" + _RULER),
        adjacent=True,
        nearest=True,
        file_other=_LEGAL,
    ),
    hollow=re.compile(rb"(?!)"),
    elided=b"",
    line_comment="--",
    rewriter=rewrite_sql,
)

MORE: Final = (
    _RUBY,
    _BASH,
    _LUA,
    _ELIXIR,
    _HASKELL,
    _OCAML,
    _OCAML_INTERFACE,
    _JULIA,
    _ZIG,
    _SQL,
)
"""The rows, in the order of the table."""
