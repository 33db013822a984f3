rule Executable_pe
{
    meta:
        description = "A Windows program, or one carried anywhere inside something else"
    strings:
        $dos_stub = "This program cannot be run in DOS mode"
        $dos_stub_borland = "This program must be run under Win32"
    condition:
        (first and uint16(0) == 0x5A4D and uint32(0x3C) < 0x10000 and uint32(uint32(0x3C)) == 0x00004550)
        or any of them
}

rule Executable_elf
{
    strings:
        $header = { 7F 45 4C 46 (01 | 02) (01 | 02) 01 (00 | 03) [1] 00 00 00 00 00 00 00 }
    condition:
        $header
}

rule Executable_mach_o
{
    strings:
        $header = { (CE | CF) FA ED FE (07 | 0C) 00 00 (00 | 01) }
    condition:
        $header or (first and (uint32be(0) == 0xCAFEBABE or uint32be(0) == 0xFEEDFACE or uint32be(0) == 0xFEEDFACF))
}

rule Executable_shortcut
{
    meta:
        description = "A Windows .lnk"
    strings:
        $header = { 4C 00 00 00 01 14 02 00 00 00 00 00 C0 00 00 00 00 00 00 46 }
    condition:
        $header
}
