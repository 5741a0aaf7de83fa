namespace Guildhall.Fabric;

/// <summary>What one operation has received and still holds, counted against the budget. For one caller at a time.</summary>
internal sealed class Receipt(ReceiveBudget? budget) : IDisposable
{
    private long held;

    /// <exception cref="GrpcProblem">The budget is used up.</exception>
    public void Take(long bytes)
    {
        if (budget?.TryTake(ReceiveBudget.CostOf(bytes)) == false)
        {
            throw new GrpcProblem(GrpcFailure.Crowded, "Other nodes are sending as much as may be received at once.");
        }

        held += ReceiveBudget.CostOf(bytes);
    }

    /// <summary>What was received is not needed any more.</summary>
    public void Release()
    {
        budget?.Return(held);
        held = 0;
    }

    public void Dispose() => Release();
}
