# After the power was gone. --------------------------------------------------------------------------------------------

boot_unit=/etc/systemd/system/tidegate-boot.service

# The one thing of ours that is installed: a unit that lets go back what was armed. It names the program's version.
install_boot() {
	has_systemd || return 0
	line=
	[ ! -e $boot_unit ] || read -r line <$boot_unit
	[ "$line" != ";$version" ] || return 0
	keep_program && mkdir -p "${boot_unit%/*}/sysinit.target.wants" && (umask 022 && write_boot_unit >$boot_unit.new) &&
		ln -sfn "$boot_unit" "${boot_unit%/*}/sysinit.target.wants/" && sync $boot_unit.new &&
		mv -fT $boot_unit.new $boot_unit && sync "${boot_unit%/*}" "${boot_unit%/*}/sysinit.target.wants"
}

# Before what reads configuration, but after the disks are there.
write_boot_unit() {
	printf '%s\n' ";$version" \
		'[Unit]' \
		'Description=Tidegate: what was not confirmed when this machine went down goes back' \
		DefaultDependencies=no \
		RequiresMountsFor=/var/lib/tidegate \
		After=local-fs.target \
		'Before=sysinit.target shutdown.target' \
		Conflicts=shutdown.target \
		'ConditionDirectoryNotEmpty=|/var/lib/tidegate/tx/armed' \
		'ConditionDirectoryNotEmpty=|/var/lib/tidegate/tx/reverting' \
		'[Service]' \
		Type=oneshot \
		"ExecStart=/bin/sh $kept at_boot - \"\" - - 0 - 600" \
		TimeoutStartSec=90
}

# Early in a boot the files go back: what starts then, starts with them. Activating again and reading back take a machine
# that is up, so a unit does that which waits for it; who waited here would keep the machine from coming up.
at_boot() {
	lock
	find_open
	id=$open dir=tx/$open_at/$open
	read -r boot </proc/sys/kernel/random/boot_id
	read -r _ armed_in <"$dir/deadline" || exit
	[ "$armed_in" != "$boot" ] || exit
	rm -f "$dir/stuck" # what could not go back may have failed because the machine was going down
	forget_processes "$dir"
	if [ "$open_at" = armed ]; then
		mark "$dir" why.boot
		step "$open" armed reverting
	fi
	unlock
	exec 8>>work
	flock 8
	restore_files 2>/dev/null # what could not be restored is found when it is read back
	exec 8>&-
	keep_program && waits='--no-block -p After=multi-user.target' && ask_systemd "tidegate-$id-back" go_back
}
