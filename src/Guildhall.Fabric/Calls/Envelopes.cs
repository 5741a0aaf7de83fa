using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Guildhall.Fabric.Messages;

namespace Guildhall.Fabric;

/// <summary>Headers and signatures around what is sent.</summary>
internal static class Envelopes
{
    private const int NonceLength = 24;

    public static SignatureHeader NewSignatureHeader(SigningIdentity identity) =>
        new() { Creator = identity.ToBytes(), Nonce = ByteString.CopyFrom(RandomNumberGenerator.GetBytes(NonceLength)) };

    /// <summary>A signature that Fabric accepts, whatever form the signer gives it in.</summary>
    /// <exception cref="FabricException">The signer failed, or gave no signature in DER.</exception>
    public static async Task<ByteString> SignAsync(ISigner signer, ReadOnlyMemory<byte> message, CancellationToken cancellationToken)
    {
        try
        {
            var signature = await signer.SignAsync(message, cancellationToken);
            using var certificate = signer.Identity.ReadCertificate();
            using var key = certificate.GetECDsaPublicKey() ?? throw new CryptographicException("its certificate's key is not of elliptic curves (ECDSA)");
            return ByteString.CopyFrom(Ecdsa.ToLowS(signature, key));
        }
        catch (Exception problem) when (problem is not OperationCanceledException)
        {
            throw new FabricException(FabricStep.Sign, FabricErrorKind.Other, $"The signer of {signer.Identity.MspId} gave no signature: {problem.Message}", inner: problem);
        }
    }

    public static async Task<Envelope> SealAsync(
        ISigner signer, ChannelHeader header, IMessage data, TimeProvider clock, CancellationToken cancellationToken)
    {
        header.Timestamp = Timestamp.FromDateTimeOffset(clock.GetUtcNow());
        var payload = new Payload
        {
            Header = new Header { ChannelHeader = Wire.Bytes(header), SignatureHeader = Wire.Bytes(NewSignatureHeader(signer.Identity)) },
            Data = Wire.Bytes(data),
        };
        var bytes = Wire.Bytes(payload);
        return new Envelope { Payload = bytes, Signature = await SignAsync(signer, bytes.Memory, cancellationToken) };
    }
}
