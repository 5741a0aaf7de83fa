namespace Guildhall.Fabric;

/// <summary>Signs in the name of an identity. The key may be anywhere: in memory, in a program, in an HSM.</summary>
/// <remarks>Implementations must bear being called by several threads at once.</remarks>
public interface ISigner
{
    SigningIdentity Identity { get; }

    /// <summary>An ECDSA signature over the SHA-256 of the message, in DER. It need not be low-S: this library makes it so.</summary>
    ValueTask<byte[]> SignAsync(ReadOnlyMemory<byte> message, CancellationToken cancellationToken);
}
