package tidegate.files_test

import data.tidegate.files

of_mode(mode) := {"kind": "file", "file": {"target": "/etc/app.conf", "mode": mode}}

test_ordinary_modes_pass if {
	every mode in ["0644", "0600", "0755", "0640", "4755", "0444", "0775"] {
		count(files.deny) == 0 with input as of_mode(mode)
	}
}

test_world_writable_modes_are_refused if {
	every mode in ["0666", "0777", "0622", "0602", "1777", "0646"] {
		count(files.deny) == 1 with input as of_mode(mode)
	}
}

test_the_fix_takes_only_that_away if {
	some finding in files.deny with input as of_mode("0666")
	finding == {
		"id": "modes",
		"msg": "`/etc/app.conf` can be written by every user of the device (mode 0666)",
		"path": ["mode"],
		"fix": "mode: \"0664\"",
	}
}

test_other_inputs_are_not_its_concern if {
	count(files.deny) == 0 with input as {"kind": "document", "document": {"mode": "0666"}}
}
