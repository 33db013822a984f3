rule EICAR_test_file
{
    meta:
        description = "The EICAR test file, wherever it stands"
    strings:
        // Not written out: this file would be found itself.
        $eicar = /X5O!P%@AP\[4\\PZX54\(P\^\)7CC\)7\}\$EICAR-STANDARD-ANTIVIRUS-TEST-FIL[E]!\$H\+H\*/
    condition:
        $eicar
}
