#!/bin/sh
# Re-renders every icon from the SVGs in this folder. Run it after editing one.
#
# Needs: rsvg-convert (librsvg2-bin), convert (imagemagick), python3.
#
#   icon.svg            48 px and up
#   icon-small.svg      32 px   simplified: face on, one door, heavier strut
#   icon-small-24.svg   24 px   the same, fitted to the 24 px grid
#   icon-small-16.svg   16 px   the same, fitted to the 16 px grid
#   symbol.svg          one-colour glyph for the interface and the tray
#
# `npx @tauri-apps/cli icon` makes these formats too, but from one picture only:
# it would shrink the large drawing to 16 and 32 px. Hence the packing done here.
set -eu
cd "$(dirname "$0")"
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT

png() { rsvg-convert -w "$2" -h "$2" "$1" -o "$3"; }   # 8-bit RGBA

png icon-small-16.svg 16 16x16.png
png icon-small.svg 32 32x32.png
png icon.svg 64 64x64.png
png icon.svg 128 128x128.png
png icon.svg 256 128x128@2x.png
png icon.svg 256 256x256.png
png icon.svg 512 512x512.png
png icon.svg 1024 icon.png

# Tray: tray.png is black on clear (a macOS template image, or a light panel);
# tray-light.png is the same in warm white, for dark panels.
png symbol.svg 32 tray.png
sed 's/currentColor/#f1eae0/' symbol.svg > "$tmp/light.svg"
png "$tmp/light.svg" 32 tray-light.png

# Windows. The 32 px layer comes first: Tauri shows the first one in development.
png icon-small-24.svg 24 "$tmp/24.png"
png icon.svg 48 "$tmp/48.png"
convert 32x32.png 16x16.png "$tmp/24.png" "$tmp/48.png" 64x64.png 256x256.png icon.ico

# macOS. 16 and 32 px in the old RGB + mask form, which every version reads; PNG above.
convert 16x16.png -depth 8 "rgba:$tmp/16.rgba"
convert 32x32.png -depth 8 "rgba:$tmp/32.rgba"
python3 - "$tmp" <<'PY'
import struct, sys
from pathlib import Path

def chunk(kind, data):
    return kind.encode() + struct.pack(">I", len(data) + 8) + data

def packed(channel):  # run-length form, as literal runs of up to 128 bytes
    runs = (channel[i:i + 128] for i in range(0, len(channel), 128))
    return b"".join(bytes([len(r) - 1]) + r for r in runs)

body = b""
for size, rgb, mask in ((16, "is32", "s8mk"), (32, "il32", "l8mk")):
    px = Path(sys.argv[1], f"{size}.rgba").read_bytes()
    body += chunk(rgb, b"".join(packed(px[c::4]) for c in range(3)))
    body += chunk(mask, px[3::4])
for kind, name in (("ic11", "32x32"), ("ic12", "64x64"), ("ic07", "128x128"),
                   ("ic13", "256x256"), ("ic08", "256x256"), ("ic14", "512x512"),
                   ("ic09", "512x512"), ("ic10", "icon")):
    body += chunk(kind, Path(name + ".png").read_bytes())
Path("icon.icns").write_bytes(chunk("icns", body))
PY
