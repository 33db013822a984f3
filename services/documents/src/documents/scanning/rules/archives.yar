rule Archive_opaque
{
    meta:
        description = "An archive that is not looked into: rar, 7z, xz, bzip2, cab, ace, iso"
    condition:
        first and (
            uint32be(0) == 0x52617221 or
            uint32be(0) == 0x377ABCAF or
            (uint32be(0) == 0xFD377A58 and uint16be(4) == 0x5A00) or
            (uint32be(0) & 0xFFFFFF00 == 0x425A6800 and uint32be(4) == 0x31415926) or
            uint32be(0) == 0x4D534346
        )
}
