# METADATA
# title: Files on devices
# description: What is put on a device is safe there from its other users.
package tidegate.files

# METADATA
# title: Nobody else writes
# description: The last digit of a mode does not let everybody write.
# custom:
#   id: modes
deny contains finding if {
	input.kind == "file"
	others := to_number(substring(input.file.mode, count(input.file.mode) - 1, 1))
	others in {2, 3, 6, 7}
	kept := substring(input.file.mode, 0, count(input.file.mode) - 1)
	finding := {
		"id": "modes",
		"msg": sprintf("`%s` can be written by every user of the device (mode %s)", [input.file.target, input.file.mode]),
		"path": ["mode"],
		"fix": sprintf("mode: \"%s%d\"", [kept, others - 2]),
	}
}
