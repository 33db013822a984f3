// Names are matched after their #xx escapes are resolved, in the file and in its object streams. A name ends at white
// space or a delimiter other than ")", which never follows one and is common after the same word in text.

rule PDF_encrypted
{
    strings:
        $name = /\/Encrypt[\x00\t\n\x0c\r \/<>\[\]%]/
    condition:
        kind == "pdf" and $name
}

rule PDF_javascript
{
    strings:
        $name = /\/JavaScript[\x00\t\n\x0c\r \/<>(\[\]%]/
    condition:
        (kind == "pdf" or kind == "pdf_objects") and $name
}

rule PDF_launch
{
    strings:
        $name = /\/Launch[\x00\t\n\x0c\r \/<>(\[\]%]/
    condition:
        (kind == "pdf" or kind == "pdf_objects") and $name
}

rule PDF_embedded_file
{
    strings:
        $name = /\/EmbeddedFiles?[\x00\t\n\x0c\r \/<>(\[\]%]/
    condition:
        (kind == "pdf" or kind == "pdf_objects") and $name
}

rule PDF_active_content
{
    meta:
        description = "Films, sounds, 3D and actions that reach outside the document"
    strings:
        $rich = /\/(RichMedia|ImportData|GoToE|Rendition)[\x00\t\n\x0c\r \/<>(\[\]%]/
    condition:
        (kind == "pdf" or kind == "pdf_objects") and $rich
}

rule PDF_open_action
{
    meta:
        description = "Something other than going to a page happens at opening (most PDFs only go to a page)"
    strings:
        $action = /\/OpenAction\s{0,16}<<[^>]{0,256}\/S\s{0,16}\/(URI|SubmitForm|GoToR|GoToE|Named|Movie|Sound|Trans)/
    condition:
        (kind == "pdf" or kind == "pdf_objects") and $action
}

rule PDF_xfa_script
{
    strings:
        $script = /<(xfa:)?script[^>]{0,128}(javascript|formcalc)/ nocase
    condition:
        inside == "pdf" and $script
}
