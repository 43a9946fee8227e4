"""Functions that a policy may call: those that reach outside in no engine, of the others what the engine knows."""

from __future__ import annotations

REACHING_OUT = ("http.send", "opa.runtime", "net.lookup_ip_addr", "rand.intn", "time.now_ns", "uuid.rfc4122", "trace")
# What regorus 0.13 knows of OPA's builtins, without those above and without json.match_schema and json.verify_schema,
# which it gets wrong (schemas have a check of their own).
_REGORUS = """
abs ceil floor round max min sum product count sort numbers.range numbers.range_step format_int to_number
bits.and bits.lsh bits.negate bits.or bits.rsh bits.xor
array.concat array.reverse array.slice intersection union
object.filter object.get object.keys object.remove object.subset object.union object.union_n
concat contains endswith indexof indexof_n lower replace split sprintf startswith substring trim trim_left
trim_prefix trim_right trim_space trim_suffix upper strings.any_prefix_match strings.any_suffix_match
strings.count strings.replace_n strings.reverse
regex.find_all_string_submatch_n regex.find_n regex.is_valid regex.match regex.replace regex.split
regex.template_match glob.match glob.quote_meta
is_array is_boolean is_null is_number is_object is_set is_string type_name
base64.decode base64.encode base64.is_valid base64url.decode base64url.encode base64url.encode_no_pad
hex.decode hex.encode urlquery.decode urlquery.decode_object urlquery.encode urlquery.encode_object uuid.parse
json.filter json.is_valid json.marshal json.marshal_with_options json.patch json.remove json.unmarshal
yaml.is_valid yaml.marshal yaml.unmarshal
net.cidr_contains net.cidr_expand net.cidr_is_valid
semver.compare semver.is_valid units.parse units.parse_bytes
time.add_date time.clock time.date time.diff time.format time.parse_duration_ns time.parse_ns
time.parse_rfc3339_ns time.weekday
graph.reachable graph.reachable_paths walk print
"""
EMBEDDED = frozenset(_REGORUS.split())
