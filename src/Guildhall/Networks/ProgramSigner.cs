using System.Formats.Asn1;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Guildhall.Fabric;
using Guildhall.Programs;

namespace Guildhall.Networks;

/// <summary>Signs with a key that a program of the operator's holds: in an HSM, in a vault, behind an approval. docs/fabric-keys.md has its contract.</summary>
/// <remarks>The program is started for each signature.</remarks>
/// <param name="keyName">Begins with the account that the key is of, where it is one of several.</param>
/// <param name="quota">How many programs may run; null for one person's own.</param>
/// <param name="environment">What it is handed of the environment; null for <see cref="ProgramEnvironment.OfSigner"/>.</param>
public sealed class ProgramSigner(
    string program, string keyName, SigningIdentity identity, ProgramQuota? quota = null, ProgramEnvironment? environment = null) : ISigner
{
    public SigningIdentity Identity => identity;

    /// <exception cref="OperatorException">The program failed, or signed with another key than the certificate's; the message says what it said.</exception>
    public async ValueTask<byte[]> SignAsync(ReadOnlyMemory<byte> message, CancellationToken cancellationToken)
    {
        var output = await RunAsync(message, cancellationToken);
        using var certificate = identity.ReadCertificate();
        using var key = certificate.GetECDsaPublicKey() ?? throw Failure($"cannot sign for {identity.MspId}: its certificate's key is not of elliptic curves (ECDSA)");
        var rawLength = 2 * ((key.KeySize + 7) / 8);
        var signature = Ecdsa.IsInDer(output) ? output
            : output.Length == rawLength ? InDer(output)
            : throw Failure($"answered {output.Length} bytes that are no signature: DER, or r and s in {rawLength} bytes, is expected on its standard output");
        return key.VerifyData(message.Span, signature, HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence)
            ? signature
            : throw Failure($"signed with another key than that of the certificate of {identity.MspId}, or not the SHA-256 of its standard input");
    }

    private async Task<byte[]> RunAsync(ReadOnlyMemory<byte> message, CancellationToken cancellationToken)
    {
        string? whyNot = null;
        using var room = quota?.Enter(keyName.Split('/')[0], out whyNot);
        return whyNot is null
            ? await new ExternalProgram(program, environment ?? ProgramEnvironment.OfSigner).RunAsync(keyName, message, Failure, cancellationToken)
            : throw Failure(whyNot);
    }

    /// <param name="raw">r and s, one after the other, as PKCS#11 has them.</param>
    private static byte[] InDer(byte[] raw)
    {
        var writer = new AsnWriter(AsnEncodingRules.DER);
        using (writer.PushSequence())
        {
            writer.WriteIntegerUnsigned(WithoutZeros(raw.AsSpan(0, raw.Length / 2)));
            writer.WriteIntegerUnsigned(WithoutZeros(raw.AsSpan(raw.Length / 2)));
        }

        return writer.Encode();
    }

    private static ReadOnlySpan<byte> WithoutZeros(ReadOnlySpan<byte> number) =>
        number.IndexOfAnyExcept((byte)0) is var first && first < 0 ? number[^1..] : number[first..];

    private OperatorException Failure(string what) => new($"The signing program, asked for key {keyName}, {what}.");
}
