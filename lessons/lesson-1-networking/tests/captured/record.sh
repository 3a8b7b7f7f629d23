#!/usr/bin/env bash
# Records the frames that tests/packet.rs reads: two network namespaces joined by a veth pair, offload off, so that the kernel fills in
# every checksum and sends no segment larger than the wire allows. Needs root, iproute2, ethtool, tcpdump, python3.
set -euo pipefail
cd "$(dirname "$0")"

client=workbook-client server=workbook-server
cleanup() { ip netns del "$client" 2>/dev/null || true; ip netns del "$server" 2>/dev/null || true; }
trap cleanup EXIT
cleanup
ip netns add "$client"
ip netns add "$server"
ip link add wire0 netns "$client" type veth peer name wire0 netns "$server"
for side in "$client:1" "$server:2"; do
    space=${side%:*} host=${side#*:}
    ip -n "$space" link set lo up
    ip -n "$space" link set wire0 address "02:00:00:00:00:0$host"
    ip netns exec "$space" ethtool -K wire0 rx off tx off sg off tso off gso off gro off >/dev/null
    ip -n "$space" address add "192.0.2.$host/24" dev wire0
    ip -n "$space" address add "2001:db8::$host/64" dev wire0 nodad
    ip -n "$space" link set wire0 up
done

record() { # FILE NAMESPACE INTERFACE FILTER COUNT: records in the background until COUNT frames came
    ip netns exec "$2" timeout 20 tcpdump --immediate-mode -U -s 0 -i "$3" -c "$5" -w "$1" "$4" 2>"$1.log" &
    recorder=$!
    until grep -q "listening on" "$1.log"; do kill -0 "$recorder"; done
}
talk() { ip netns exec "$client" python3 ./talk.py "$@"; }
serve() { # NAMESPACE: answers one connection on port 8080, on IPv4 and IPv6
    ip netns exec "$1" python3 ./talk.py serve & server_pid=$!
    until ip netns exec "$1" ss -ltn | grep -q :8080; do kill -0 "$server_pid"; done
}

serve "$server"
record ipv4.pcap "$client" wire0 "tcp port 8080" 9
talk 192.0.2.2 8080
wait "$recorder" "$server_pid"

serve "$server"
record ipv6.pcap "$client" wire0 "tcp port 8080" 9
talk 2001:db8::2 8080
wait "$recorder" "$server_pid"

serve "$server"
record ipv4-options.pcap "$client" wire0 "tcp port 8080" 9
talk 192.0.2.2 8080 router-alert
wait "$recorder" "$server_pid"

record refused.pcap "$client" wire0 "tcp port 9" 2
talk 192.0.2.2 9 || true
wait "$recorder"

serve "$client"
record loopback.pcap "$client" lo "tcp port 8080" 9
talk 127.0.0.1 8080
wait "$recorder" "$server_pid"

rm -f ./*.log
ls -l ./*.pcap
