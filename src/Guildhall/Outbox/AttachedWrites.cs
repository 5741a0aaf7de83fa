using Guildhall.Memberships;
using Guildhall.Networks;
using Guildhall.Storage;

namespace Guildhall.Outbox;

/// <summary>Writes of what was seen through a service's nodes, which take their time to answer.</summary>
internal static class AttachedWrites
{
    /// <summary>Writes it if the service is attached as it was when its nodes were asked: what they have shown says nothing of others.</summary>
    /// <exception cref="OperatorException">The service was attached anew, or detached. Whoever asked begins again.</exception>
    public static async Task WriteWhileAttachedAsync(this Store store, Attachment attachment, Func<Transaction, Task> write, CancellationToken cancellationToken) =>
        _ = await store.WriteOwnAsync(
            async transaction =>
            {
                if (!await transaction.TryHoldAttachmentAsync(attachment, cancellationToken))
                {
                    throw new OperatorException("The service was attached anew, or detached, while its nodes were asked.");
                }

                await write(transaction);
                return new Done();
            },
            cancellationToken);
}
