rule Script
{
    meta:
        description = "A script or a page by its first bytes"
    strings:
        $page = /<!doctype\s{1,8}html|<html[\s>]|<script[\s>]|<hta:application|<\?php/ nocase
    condition:
        first and (uint16be(0) == 0x2321 or $page in (0..1024)) and kind != "pdf_objects" and inside != "pdf"
}

rule Script_in_image
{
    strings:
        $page = /<script[\s>]|<html[\s>]|<\?php\s|<hta:application/ nocase
        $php_eval = /eval\(\s{0,8}(base64_decode|\$_(GET|POST|REQUEST|COOKIE))/ nocase
    condition:
        kind == "image" and any of them
}

rule Script_windows_host
{
    strings:
        $shell = /["'(]WScript\.Shell["')]/ nocase
        $powershell = /powershell(\.exe)?\s{1,8}[^\r\n]{0,64}-e(nc|ncodedcommand)?\s{1,8}[A-Za-z0-9+\/]{32}/ nocase
        $hta = "<hta:application" nocase
    condition:
        any of them
}

rule Polyglot_archive
{
    meta:
        description = "A zip member inside an image or in a PDF outside its streams"
    strings:
        $member = { 50 4B 03 04 [1] 00 [2] (00 | 08) 00 }
    condition:
        (kind == "image" or kind == "pdf") and $member
}

rule Polyglot_pdf_prefix
{
    meta:
        description = "Another format stands before the PDF header: an image, a page, a program"
    strings:
        $header = "%PDF-"
        $clean = /^(\xef\xbb\xbf)?[\t\n\f\r ]{0,64}%PDF-/
    condition:
        kind == "pdf" and first and inside == "" and $header in (0..1024) and not $clean at 0
}
