rule Office_macro_ole
{
    meta:
        description = "VBA in a Word, Excel or PowerPoint file of the old format, or in a vbaProject.bin"
    strings:
        $project = "_VBA_PROJECT" wide
        $dir = "VBA_PROJECT_CUR" wide
        $source = { 00 41 74 74 72 69 62 75 74 00 65 20 56 42 5F } // "Attribute VB_", as VBA compresses it
    condition:
        kind == "ole" and any of them
}

rule Office_macro_ooxml
{
    meta:
        description = "docm, xlsm, pptm under whatever name"
    strings:
        $vba = "vbaProject.bin" nocase
        $macrosheet = "xl/macrosheets/" nocase
        $content_type = "macroEnabled.main+xml" nocase
    condition:
        (kind == "zip" or inside == "zip") and any of them
}

rule Office_encrypted
{
    meta:
        description = "An office file behind a password cannot be looked into"
    strings:
        $package = "EncryptedPackage" wide
    condition:
        kind == "ole" and $package
}

rule Office_dde
{
    strings:
        $field = /<w:instrText[^>]{0,64}>\s{0,16}DDE(AUTO)?\s/
    condition:
        inside == "zip" and $field
}
