namespace Guildhall.Api;

/// <summary>One request's place at the <see cref="Gate"/>. For one caller at a time, as a request is.</summary>
internal sealed class Place(Gate gate)
{
    private bool isTaken;
    private string? account;

    public Gate Gate => gate;

    /// <summary>Takes the place, or says that there is none.</summary>
    public bool TryTake() => isTaken = gate.TryTake();

    /// <summary>Makes the place the account's; where it has too many, the place is given up.</summary>
    public bool TryTakeFor(string accountId)
    {
        if (!isTaken || account is not null)
        {
            return true;
        }

        if (!gate.TryCount(accountId))
        {
            Leave();
            return false;
        }

        account = accountId;
        return true;
    }

    /// <summary>Gives the place to others. May be called again.</summary>
    public void Leave()
    {
        if (account is not null)
        {
            gate.Uncount(account);
            account = null;
        }

        if (isTaken)
        {
            gate.Return();
            isTaken = false;
        }
    }

    /// <summary>Waits without the place for what the caller still has to send, or for its turn to have a password hashed, and takes one again.</summary>
    public async Task<bool> TryStepAsideAsync(Task turn)
    {
        var before = account;
        Leave();
        await turn;
        return TryTake() && (before is null || TryTakeFor(before));
    }
}
