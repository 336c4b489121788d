#!/bin/sh
# A virtual tape library behind iSCSI, for as long as standard input is open: tgtd in user space,
# on a loopback port of its own, with everything it needs in one directory. No root, no kernel
# module. Needs the Debian package `tgt`.
#
#   LIBRARY_DIR    where its files are; tapes that are there already are kept
#   LIBRARY_PORT   the port on 127.0.0.1
#   LIBRARY_IQN    the name of the target
#   LIBRARY_SLOTS, LIBRARY_DRIVES, LIBRARY_PORTS   how many elements
#   LIBRARY_SIZE   megabytes on a tape
#   LIBRARY_TAPES  bar codes, in slots from the first on; `-` leaves a slot empty;
#                  `CODE=clean` is a cleaning tape, `CODE=WORM` can be written once
#   LIBRARY_ACCOUNT, LIBRARY_SECRET    who may log in (CHAP); empty: everybody
#   LIBRARY_OWN_ACCOUNT, LIBRARY_OWN_SECRET   how the target proves itself; empty: not
#
# Unit 0 is tgt's own, 1 the changer, 2 and on the drives. When it is up, it prints `ready`.
# Words on standard input, each answered by a line: `kill` (kill -9), `freeze`, `thaw`, `start`;
# `take ADDRESS` and `put ADDRESS CODE` are what hands do at the ports.
# At the end of standard input everything is shut down.
set -eu
PATH=$PATH:/usr/sbin:/sbin
export TGT_IPC_SOCKET="$LIBRARY_DIR/control"
CHANGER_ADDRESS=1 PORT_ADDRESS=16 DRIVE_ADDRESS=256 SLOT_ADDRESS=1024
daemon=

tgt() { tgtadm -C 0 --lld iscsi "$@" >>"$LIBRARY_DIR/tgtadm.log" 2>&1; }
unit() { number=$1; shift; tgt --mode logicalunit --op update --tid 1 --lun "$number" --params "$*"; }
running() { [ -n "$daemon" ] && kill -0 "$daemon" 2>/dev/null; }

tape() { # FILE CODE KIND
    [ -e "$1" ] || tgtimg --op new --device-type tape --barcode "$2" --size "$LIBRARY_SIZE" \
        --type "$3" --file "$1" --thin-provisioning >/dev/null
}

stop() {
    running || return 0
    kill -9 "$daemon"
    wait "$daemon" 2>/dev/null || true
    daemon=
}

start() {
    stop
    rm -f "$TGT_IPC_SOCKET"*
    tgtd -f -C 0 --iscsi portal="127.0.0.1:$LIBRARY_PORT" \
        </dev/null >>"$LIBRARY_DIR/tgtd.log" 2>&1 &
    daemon=$!
    tries=0
    until tgt --mode target --op show; do
        tries=$((tries + 1))
        running && [ "$tries" -lt 600 ] || return 1
        sleep 0.05
    done
    tgtadm -C 0 --lld iscsi --mode portal --op show | grep -q ":$LIBRARY_PORT," || return 1
    tgt --mode target --op new --tid 1 --targetname "$LIBRARY_IQN"
    drives
    changer
    accounts
    tgt --mode target --op bind --tid 1 --initiator-address 127.0.0.1
}

drives() {
    i=0
    while [ "$i" -lt "$LIBRARY_DRIVES" ]; do
        # tgt opens one file per unit, also for a drive that holds nothing yet.
        tape "$LIBRARY_DIR/empty$i" "" clean
        tgt --mode logicalunit --op new --tid 1 --lun $((i + 2)) --device-type tape \
            --backing-store "$LIBRARY_DIR/empty$i"
        unit $((i + 2)) "removable=1,vendor_id=HP,product_id=Ultrium 6-SCSI,product_rev=J5SW"
        unit $((i + 2)) "scsi_sn=$(printf 'DRIVE%05d' "$i")"
        unit $((i + 2)) "online=0"
        i=$((i + 1))
    done
}

elements() { # KIND FIRST COUNT
    [ "$3" -eq 0 ] || unit 1 "element_type=$1,start_address=$2,quantity=$3"
}

changer() {
    [ -e "$LIBRARY_DIR/changer" ] || head -c 1024 /dev/zero >"$LIBRARY_DIR/changer"
    tgt --mode logicalunit --op new --tid 1 --lun 1 --device-type changer \
        --backing-store "$LIBRARY_DIR/changer"
    unit 1 "media_home=$LIBRARY_DIR/tapes"
    unit 1 "vendor_id=STK,product_id=L700,product_rev=0107,scsi_sn=LIBRARY001"
    elements 1 $CHANGER_ADDRESS 1
    elements 2 $SLOT_ADDRESS "$LIBRARY_SLOTS"
    elements 3 $PORT_ADDRESS "$LIBRARY_PORTS"
    elements 4 $DRIVE_ADDRESS "$LIBRARY_DRIVES"
    i=0
    while [ "$i" -lt "$LIBRARY_DRIVES" ]; do
        unit 1 "element_type=4,address=$((DRIVE_ADDRESS + i)),tid=1,lun=$((i + 2))"
        i=$((i + 1))
    done
    address=$SLOT_ADDRESS
    for tape in $LIBRARY_TAPES; do
        code=${tape%%=*}
        case $tape in *=*) kind=${tape#*=} ;; *) kind=data ;; esac
        if [ "$code" != - ]; then
            tape "$LIBRARY_DIR/tapes/$code" "$code" "$kind"
            unit 1 "element_type=2,address=$address,barcode=$code,sides=1"
        fi
        address=$((address + 1))
    done
}

accounts() {
    if [ -n "${LIBRARY_ACCOUNT:-}" ]; then
        tgt --mode account --op new --user "$LIBRARY_ACCOUNT" --password "$LIBRARY_SECRET"
        tgt --mode account --op bind --tid 1 --user "$LIBRARY_ACCOUNT"
    fi
    if [ -n "${LIBRARY_OWN_ACCOUNT:-}" ]; then
        tgt --mode account --op new --user "$LIBRARY_OWN_ACCOUNT" --password "$LIBRARY_OWN_SECRET"
        tgt --mode account --op bind --tid 1 --user "$LIBRARY_OWN_ACCOUNT" --outgoing
    fi
}

trap stop EXIT
mkdir -p "$LIBRARY_DIR/tapes"
start
echo ready
while read -r word; do
    case $word in
    kill) stop ;;
    freeze) kill -STOP "$daemon" ;;
    thaw) kill -CONT "$daemon" ;;
    start) start ;;
    "take "*) unit 1 "element_type=3,address=${word#take },clear_slot=1" ;;
    "put "*)
        rest=${word#put } code=${word##* }
        case $code in CLN*) kind=clean ;; *) kind=data ;; esac
        tape "$LIBRARY_DIR/tapes/$code" "$code" "$kind"
        unit 1 "element_type=3,address=${rest%% *},barcode=$code,sides=1"
        ;;
    *) echo "what is $word?" >&2 && exit 2 ;;
    esac
    echo "$word done"
done
