"""One form, written for each engine: our YAML, SurveyJS's JSON, an ODK XForm."""

import json

from bench.peers.form import CODES, HIGHEST, Block, Fault, Filter, Question, Test, Total, questions


def as_yaml(form: tuple[Block, ...]) -> str:
    """Ours."""
    lines = ["questionnaire: bench", 'version: "1"', "blocks:"]
    for block in form:
        when = f", when: '{_ours(block.when)}'" if block.when else ""
        lines.append(f"  - {{id: {block.name}{when}, questions: [")
        lines += [f"      {_ours_question(question)}," for question in block.questions]
        lines.append("    ]}")
    return "\n".join([*lines, ""])


def as_surveyjs(form: tuple[Block, ...]) -> str:
    """SurveyJS: a page for each block; checks run as soon as the value is there, as ours do."""
    pages = [
        {"name": block.name, "elements": [_surveyjs_question(question) for question in block.questions]}
        | ({"visibleIf": _surveyjs(block.when)} if block.when else {})
        for block in form
    ]
    totals = [question.total for question in questions(form) if question.total]
    values = [{"name": total.name, "expression": _surveyjs_total(total)} for total in totals]
    return json.dumps({"pages": pages, "calculatedValues": values, "checkErrorsMode": "onValueChanged"})


def as_xform(form: tuple[Block, ...]) -> str:
    """An XForm: a group for each block; totals stand beside the groups, so that they hold when a block is not asked."""
    nodes, binds, body = [], [], []
    for block in form:
        inner = "".join(f"<{question.name}/>" for question in block.questions)
        nodes.append(f"<{block.name}>{inner}</{block.name}>")
        if block.when:
            binds.append(
                f'<bind nodeset="/data/{block.name}" relevant="{_escaped(_xpath(block.when, form))}"/>'
            )
        for question in block.questions:
            nodes += [f"<{question.total.name}/>"] if question.total else []
            binds += _binds(question, block, form)
        controls = "".join(_control(question, block) for question in block.questions)
        body.append(f'<group ref="/data/{block.name}"><label>-</label>{controls}</group>')
    return (
        '<?xml version="1.0"?><h:html xmlns="http://www.w3.org/2002/xforms" xmlns:h="http://www.w3.org/1999/xhtml">'
        "<h:head><h:title>bench</h:title><model><instance>"
        f'<data id="bench" version="1">{"".join(nodes)}<meta><instanceID/></meta></data></instance>'
        f"{''.join(binds)}</model></h:head><h:body>{''.join(body)}</h:body></h:html>"
    )


def _ours(filter_: Filter) -> str:
    return f" {filter_.word} ".join(map(_ours_test, filter_.tests))


def _ours_test(test: Test) -> str:
    match test.how:
        case "is":
            return f"{test.name} == {test.codes[0]}"
        case "within":
            return f"{test.name} in {{{', '.join(map(str, test.codes))}}}"
        case "has":
            return f"{test.codes[0]} in {test.name}"
        case "least":
            return f"{test.name} >= {test.codes[0]}"
        case "under":
            return f"{test.name} < {test.codes[0]}"
    return f"{test.name} is answered"


def _ours_question(question: Question) -> str:
    parts = [f"id: {question.name}", "ask: '?'", f"type: {question.kind}"]
    if question.kind == "integer":
        parts += ["min: 0", f"max: {HIGHEST}"]
    else:
        parts.append(f"choices: {{{', '.join(f'{code}: {code}' for code in CODES)}}}")
    if question.when:
        parts.append(f"when: '{_ours(question.when)}'")
    if question.fault:
        fault = f"{question.name} > {question.fault.earlier} + {question.fault.margin}"
        parts.append(f"checks: [{{id: C{question.name[1:]}, fault: '{fault}', hard: true, say: '!'}}]")
    if question.total:
        terms = " + ".join(f"or_else({name}, 0)" for name in question.total.of)
        parts.append(f"compute: {{{question.total.name}: '{terms}'}}")
    return "{" + ", ".join(parts) + "}"


def _surveyjs(filter_: Filter) -> str:
    return f" {filter_.word} ".join(map(_surveyjs_test, filter_.tests))


def _surveyjs_test(test: Test) -> str:
    name = f"{{{test.name}}}"
    match test.how:
        case "is":
            return f"{name} = {test.codes[0]}"
        case "within":
            return f"{name} anyof [{', '.join(map(str, test.codes))}]"
        case "has":
            return f"{name} contains {test.codes[0]}"
        case "least":
            return f"{name} >= {test.codes[0]}"
        case "under":
            return f"{name} < {test.codes[0]}"
    return f"{name} notempty"


def _surveyjs_question(question: Question) -> dict[str, object]:
    made: dict[str, object] = {"name": question.name}
    match question.kind:
        case "integer":
            made |= {"type": "text", "inputType": "number", "min": 0, "max": HIGHEST}
        case "multiple":
            made |= {"type": "checkbox", "choices": list(CODES)}
        case _:
            made |= {"type": "radiogroup", "choices": list(CODES)}
    if question.when:
        made["visibleIf"] = _surveyjs(question.when)
    if question.fault:
        fault = question.fault
        own, earlier = f"{{{question.name}}}", f"{{{fault.earlier}}}"
        holds = f"{own} empty or {earlier} empty or {own} <= {earlier} + {fault.margin}"
        made["validators"] = [{"type": "expression", "expression": holds}]
    return made


def _surveyjs_total(total: Total) -> str:
    return " + ".join(f"iif({{{name}}} notempty, {{{name}}}, 0)" for name in total.of)


def _xpath(filter_: Filter, form: tuple[Block, ...]) -> str:
    return f" {filter_.word} ".join(_xpath_test(test, form) for test in filter_.tests)


def _xpath_test(test: Test, form: tuple[Block, ...]) -> str:
    path = _path(test.name, form)
    match test.how:
        case "is":
            return f"{path} = '{test.codes[0]}'"
        case "within":
            return "(" + " or ".join(f"{path} = '{code}'" for code in test.codes) + ")"
        case "has":
            return f"selected({path}, '{test.codes[0]}')"
        case "least":
            return f"{path} >= {test.codes[0]}"
        case "under":
            return f"{path} < {test.codes[0]}"
    return f"{path} != ''"


def _binds(question: Question, block: Block, form: tuple[Block, ...]) -> list[str]:
    says = [f'nodeset="{_within(question.name, block)}"']
    says.append('type="int"' if question.kind == "integer" else 'type="string"')
    if question.when:
        says.append(f'relevant="{_escaped(_xpath(question.when, form))}"')
    constraints = [f". >= 0 and . <= {HIGHEST}"] if question.kind == "integer" else []
    constraints += [_constraint(question.fault, form)] if question.fault else []
    if constraints:
        says.append(f'constraint="{_escaped(" and ".join(constraints))}"')
    made = [f"<bind {' '.join(says)}/>"]
    if question.total:
        terms = " + ".join(f"coalesce({_path(name, form)}, 0)" for name in question.total.of)
        made.append(f'<bind nodeset="/data/{question.total.name}" type="int" calculate="{_escaped(terms)}"/>')
    return made


def _constraint(fault: Fault, form: tuple[Block, ...]) -> str:
    return f"not(. > {_path(fault.earlier, form)} + {fault.margin})"


def _control(question: Question, block: Block) -> str:
    ref = _within(question.name, block)
    if question.kind == "integer":
        return f'<input ref="{ref}"><label>?</label></input>'
    tag = "select" if question.kind == "multiple" else "select1"
    items = "".join(f"<item><label>{code}</label><value>{code}</value></item>" for code in CODES)
    return f'<{tag} ref="{ref}"><label>?</label>{items}</{tag}>'


def _path(name: str, form: tuple[Block, ...]) -> str:
    """The place of a question, in its group, or of a total."""
    around = next((block for block in form if any(q.name == name for q in block.questions)), None)
    return _within(name, around) if around else f"/data/{name}"


def _within(name: str, block: Block) -> str:
    return f"/data/{block.name}/{name}"


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace('"', "&quot;")
